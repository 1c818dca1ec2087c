import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../platform/db/index.ts';
import type { Check, Finding } from './check.ts';
import type { IssueId } from './issue.ts';
import type { Subject } from './subject.ts';
import type { IssueSubjectTable, IssueTable } from './tables.ts';

export type IssueRow = Selectable<IssueTable>;
export type IssueSubjectRow = Selectable<IssueSubjectTable>;
type SubjectKey = Pick<IssueSubjectRow, 'suite' | 'subject_kind' | 'subject_id'>;

/**
 * Lets one transaction at a time write issues. Runs that end together touch the same shared issues in any order, and would
 * otherwise wait for each other for ever. Take it before any row of this room.
 */
export async function lockIssues(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('scan.issue'))`.execute(tx);
}

type CheckColumns = Pick<Check, 'id' | 'name' | 'summary' | 'category' | 'priority'>;
type Detection = { readonly id: IssueId; readonly check: CheckColumns; readonly finding: Finding; readonly now: Date };

/** Opens an issue, or counts one more detection of the open one of the same check and source (HLT-11). */
export async function upsertIssue(tx: Tx, { id, check, finding, now }: Detection): Promise<IssueId> {
  const latest = {
    check_name: check.name,
    summary: check.summary,
    category: check.category,
    priority: check.priority,
    source_label: finding.source.label,
    message: finding.message,
    cause: finding.cause,
    remedy: finding.remedy,
    who: finding.who,
    peer: finding.peer === true,
    last_detected_at: now,
  };
  const row = await tx
    .insertInto('scan.issue')
    .values({
      id,
      check_id: check.id,
      source_kind: finding.source.kind,
      source_id: finding.source.id,
      status: 'open',
      detections: 1,
      first_detected_at: now,
      ...latest,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['check_id', 'source_kind', 'source_id'])
        .where('status', '=', 'open')
        .where('origin', '=', 'check')
        .doUpdateSet({ ...latest, detections: sql`issue.detections + 1` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

type ErrorColumns = Omit<
  Insertable<IssueTable>,
  'id' | 'origin' | 'status' | 'detections' | 'first_detected_at' | 'resolved_at' | 'muted_reason' | 'assigned_to'
>;

/** Opens an issue for an error, or counts it in the open one of the same code, source, connection and message (HLT-11). */
export async function upsertErrorIssue(tx: Tx, id: IssueId, error: ErrorColumns): Promise<IssueId> {
  const row = await tx
    .insertInto('scan.issue')
    .values({
      ...error,
      id,
      origin: 'error',
      status: 'open',
      detections: 1,
      first_detected_at: error.last_detected_at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['check_id', 'source_kind', 'source_id', 'connection_id', 'message'])
        .where('status', '=', 'open')
        .where('origin', '=', 'error')
        .doUpdateSet({ last_detected_at: error.last_detected_at, detections: sql`issue.detections + 1` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Resolves the open issues of errors at these sources, all or those of some codes. */
export async function resolveErrorIssues(
  tx: Tx,
  { sources, codes, now }: { sources: readonly string[]; codes: readonly string[] | undefined; now: Date },
): Promise<void> {
  await tx
    .updateTable('scan.issue')
    .set({ status: 'resolved', resolved_at: now })
    .where('status', '=', 'open')
    .where('origin', '=', 'error')
    .where('source_id', '=', sql<string>`any(${sources})`)
    .$if(codes !== undefined, (update) => update.where('check_id', '=', sql<string>`any(${codes ?? []})`))
    .execute();
}

/** Notes that an issue holds a subject up. True when it did not before. */
export async function holdSubject(tx: Tx, link: Omit<IssueSubjectRow, 'holding'>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('scan.issue_subject')
    .values({ ...link, holding: true })
    .onConflict((conflict) =>
      conflict
        .columns(['issue_id', 'suite', 'subject_kind', 'subject_id'])
        .doUpdateSet({ holding: true, subject_label: link.subject_label, side: link.side })
        .where(sql<boolean>`issue_subject.holding = false`),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Frees a subject from its open issues, all or those of some checks, but for those that the run just met. Returns them. */
export async function releaseSubject(
  tx: Tx,
  subject: SubjectKey,
  { checks, met }: { checks: readonly string[] | undefined; met: readonly IssueId[] },
): Promise<IssueId[]> {
  const rows = await tx
    .updateTable('scan.issue_subject as link')
    .from('scan.issue as issue')
    .set({ holding: false })
    .whereRef('issue.id', '=', 'link.issue_id')
    .where('link.suite', '=', subject.suite)
    .where('link.subject_kind', '=', subject.subject_kind)
    .where('link.subject_id', '=', subject.subject_id)
    .where('link.holding', '=', true)
    .where('issue.status', '=', 'open')
    .$if(checks !== undefined, (update) => update.where('issue.check_id', '=', sql<string>`any(${checks ?? []})`))
    .where('issue.id', '<>', sql<IssueId>`all(${met})`)
    .returning('issue.id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Frees a subject that is gone from everything. */
export async function releaseEverywhere(tx: Tx, subject: Pick<Subject, 'kind' | 'id'>): Promise<void> {
  await tx
    .updateTable('scan.issue_subject')
    .set({ holding: false })
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .execute();
}

/** Resolves open issues of checks that hold nobody up any more. */
export async function resolveUnheld(tx: Tx, now: Date): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('scan.issue as issue')
    .set({ status: 'resolved', resolved_at: now })
    .where('issue.status', '=', 'open')
    .where('issue.origin', '=', 'check')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('scan.issue_subject as link')
            .select('link.issue_id')
            .whereRef('link.issue_id', '=', 'issue.id')
            .where('link.holding', '=', true),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

export async function resolveIssue(tx: Tx, id: IssueId, now: Date): Promise<void> {
  await tx.updateTable('scan.issue').set({ status: 'resolved', resolved_at: now }).where('id', '=', id).execute();
  await tx.updateTable('scan.issue_subject').set({ holding: false }).where('issue_id', '=', id).execute();
}

/** Whom these issues still hold up. */
export const holdersOf = (db: Db, issues: readonly IssueId[]): Promise<IssueSubjectRow[]> =>
  db
    .selectFrom('scan.issue_subject')
    .selectAll()
    .where('issue_id', '=', sql<IssueId>`any(${issues})`)
    .where('holding', '=', true)
    .orderBy('subject_label')
    .execute();

/** The checks about this instance itself that failed for a subject last time. */
export async function failingOwnChecks(db: Db, subject: SubjectKey): Promise<string[]> {
  const rows = await db
    .selectFrom('scan.issue_subject as link')
    .innerJoin('scan.issue as issue', 'issue.id', 'link.issue_id')
    .select('issue.check_id')
    .distinct()
    .where('link.suite', '=', subject.suite)
    .where('link.subject_kind', '=', subject.subject_kind)
    .where('link.subject_id', '=', subject.subject_id)
    .where('link.holding', '=', true)
    .where('issue.status', '=', 'open')
    .where('issue.peer', '=', false)
    .execute();
  return rows.map((row) => row.check_id);
}

/** Locks the row against other writers until the transaction ends. */
export const lockIssue = (tx: Tx, id: IssueId): Promise<IssueRow | undefined> =>
  tx.selectFrom('scan.issue').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

export const findIssue = (db: Db, id: IssueId): Promise<IssueRow | undefined> =>
  db.selectFrom('scan.issue').selectAll().where('id', '=', id).executeTakeFirst();

export async function updateIssue(
  tx: Tx,
  id: IssueId,
  change: Partial<Pick<IssueRow, 'muted_reason' | 'assigned_to'>>,
): Promise<void> {
  await tx.updateTable('scan.issue').set(change).where('id', '=', id).execute();
}
