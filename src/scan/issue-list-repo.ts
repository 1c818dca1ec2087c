import { sql } from 'kysely';
import type { z } from 'zod';
import type { Page, UserId } from '../kernel/index.ts';
import { type Db, instantKey, type Orders, sortedPage, textKey } from '../platform/db/index.ts';
import { type Priority, priorities } from './check.ts';
import type { listIssues } from './contract.ts';
import type { IssueId } from './issue.ts';
import type { IssueRow, IssueSubjectRow } from './issue-repo.ts';
import type { Subject } from './subject.ts';

export type IssueFilter = z.output<NonNullable<(typeof listIssues)['query']>> & {
  /** Whom `mine` means. */
  readonly caller: UserId;
};

/** Gravest first: the place of the priority in its list. */
const gravity = sql<number>`array_position(${sql.lit(`{${priorities.join()}}`)}::text[], priority)`;

const likePattern = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;

function filtered(db: Db, filter: IssueFilter) {
  let query = db.selectFrom('scan.issue as issue');
  if (filter.status !== 'any') query = query.where('issue.status', '=', filter.status);
  if (filter.muted === 'hide') query = query.where('issue.muted_reason', 'is', null);
  if (filter.muted === 'only') query = query.where('issue.muted_reason', 'is not', null);
  if (filter.check !== undefined) query = query.where('issue.check_id', '=', filter.check);
  if (filter.priority !== undefined) query = query.where('issue.priority', '=', filter.priority);
  if (filter.category !== undefined) query = query.where('issue.category', '=', filter.category);
  if (filter.mine === 'assigned') query = query.where('issue.assigned_to', '=', filter.caller);
  if (filter.mine === 'followed') {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('scan.issue_follower as follower')
          .select('follower.issue_id')
          .whereRef('follower.issue_id', '=', 'issue.id')
          .where('follower.user_id', '=', filter.caller),
      ),
    );
  }
  if (filter.search !== undefined) {
    const pattern = likePattern(filter.search);
    query = query.where((any) =>
      any.or(
        (['issue.summary', 'issue.message', 'issue.source_label'] as const).map((column) =>
          any(column, 'ilike', pattern),
        ),
      ),
    );
  }
  if (filter.subject === undefined && filter.suite === undefined) return query;
  return query.where(({ exists, selectFrom, or, and }) => {
    let link = selectFrom('scan.issue_subject as link')
      .select('link.issue_id')
      .whereRef('link.issue_id', '=', 'issue.id');
    // A resolved issue holds nobody up; there, whom it did hold up counts.
    link = link.where((any) => any.or([any('link.holding', '=', true), any('issue.status', '=', 'resolved')]));
    if (filter.suite !== undefined) link = link.where('link.suite', '=', filter.suite);
    const { subject } = filter;
    if (subject !== undefined) {
      link = link.where((any) =>
        any.or([any('link.subject_id', '=', subject), any('link.subject_label', '=', subject)]),
      );
    }
    const { suite, subject: about } = filter;
    if (suite !== undefined || about === undefined) return exists(link);
    // An error holds nobody up: there, what it happened to counts.
    const source = sql<boolean>`(issue.source_id = ${about} or issue.source_label = ${about})`;
    return or([exists(link), and([sql<boolean>`issue.origin = 'error'`, source])]);
  });
}

/** The latest first where the gravest is first: one direction for all keys, so that one index serves both. */
const lateness = sql<string>`('2000-01-01T00:00:00Z'::timestamptz - issue.last_detected_at)`;
const orders = {
  priority: [{ by: gravity, type: 'bigint' }, { by: lateness, type: 'interval' }, textKey('issue.id')],
  category: [textKey('issue.category'), textKey('issue.id')],
  lastDetectedAt: [instantKey('issue.last_detected_at'), textKey('issue.id')],
} as const satisfies Orders<string>;

/** One page with the cursor of the next one and how many there are in all. */
export const pageOfIssues = (db: Db, filter: IssueFilter): Promise<Page<IssueRow>> =>
  sortedPage(filtered(db, filter).selectAll('issue'), orders, filter);

/** Open issues that hold one subject up, whoever muted them; the count on its banner (REG-48). */
export const openIssues = (db: Db, subject: Pick<Subject, 'kind' | 'id'>): Promise<IssueRow[]> =>
  db
    .selectFrom('scan.issue as issue')
    .innerJoin('scan.issue_subject as link', 'link.issue_id', 'issue.id')
    .selectAll('issue')
    .where('issue.status', '=', 'open')
    .where('link.holding', '=', true)
    .where('link.subject_kind', '=', subject.kind)
    .where('link.subject_id', '=', subject.id)
    .orderBy(gravity)
    .orderBy('issue.last_detected_at', 'desc')
    .execute();

/** Everybody whom these issues hold up, or, where resolved, did hold up. */
export const subjectsOfIssues = (db: Db, issues: readonly IssueId[]): Promise<IssueSubjectRow[]> =>
  db
    .selectFrom('scan.issue_subject as link')
    .innerJoin('scan.issue as issue', 'issue.id', 'link.issue_id')
    .selectAll('link')
    .where('issue.id', '=', sql<IssueId>`any(${issues})`)
    .where((any) => any.or([any('link.holding', '=', true), any('issue.status', '=', 'resolved')]))
    .orderBy('link.subject_label')
    .execute();

type IssueCount = { priority: Priority; peer: boolean; muted: boolean; count: number };

export const countOpenIssues = (db: Db): Promise<IssueCount[]> =>
  db
    .selectFrom('scan.issue')
    .select((select) => [
      'priority',
      'peer',
      sql<boolean>`muted_reason is not null`.as('muted'),
      select.fn.countAll<number>().as('count'),
    ])
    .where('status', '=', 'open')
    .groupBy(['priority', 'peer', sql`muted_reason is not null`])
    .execute();

/** Which of these issues a person follows. */
export async function followedOf(db: Db, caller: UserId, issues: readonly IssueId[]): Promise<Set<IssueId>> {
  const rows = await db
    .selectFrom('scan.issue_follower')
    .select('issue_id')
    .where('user_id', '=', caller)
    .where('issue_id', '=', sql<IssueId>`any(${issues})`)
    .execute();
  return new Set(rows.map(({ issue_id }) => issue_id));
}
