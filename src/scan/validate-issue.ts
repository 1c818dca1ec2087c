import { recordAudit } from '../audit/index.ts';
import type { Clock, UserActor } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import type { Log } from '../platform/log/index.ts';
import type { Check, Finding } from './check.ts';
import { HEALTH_RECORD } from './contract.ts';
import { endErrorsOfIssue } from './errors/error-repo.ts';
import type { IssueId } from './issue.ts';
import {
  findIssue,
  holdersOf,
  type IssueRow,
  type IssueSubjectRow,
  lockIssue,
  lockIssues,
  resolveIssue,
  upsertIssue,
} from './issue-repo.ts';
import { CheckNotFound, IssueNotFound } from './problems.ts';
import { runCheck } from './run-check.ts';
import { runWatched } from './scan-jobs.ts';
import { checksOf, type Suite } from './suite.ts';
import { wakeWatches } from './watch-repo.ts';

type Deps = {
  readonly db: Db;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly changes: Pick<Changes, 'publish'>;
  readonly suites: readonly Suite[];
};

export type Validation =
  | { readonly outcome: 'resolved' }
  | { readonly outcome: 'still-there'; readonly finding: Finding };

/** A shared issue is tried for so many of those it holds up: one that still meets it is enough to keep it open. */
const TRIED_SUBJECTS = 5;

/**
 * Validate & Resolve: runs the check of an issue afresh (HLT-03). Gone: the issue is resolved, and everything that waits
 * for its suite is run again at once (OQ-09). Still there: it stays open, with what the check says now.
 */
export async function validateIssue(deps: Deps, actor: UserActor, id: IssueId): Promise<Validation> {
  const issue = await findIssue(deps.db, id);
  if (issue === undefined) throw new IssueNotFound(`There is no issue ${id}. Look at the list of issues.`);
  if (issue.status === 'resolved') return { outcome: 'resolved' };
  if (issue.origin === 'error') return resolveError(deps, actor, issue);
  const check = deps.suites.flatMap(checksOf).find((each) => each.id === issue.check_id);
  if (check === undefined) {
    throw new CheckNotFound(
      `This version of the program has no check ${issue.check_id}, so nothing could be tried. Run the suite again: an issue without a check is resolved by it.`,
    );
  }
  const holders = await holdersOf(deps.db, [id]);
  const finding = await tryAgain(deps, check, { issue, holders: holders.slice(0, TRIED_SUBJECTS) });
  await transact(deps.db, async (tx) => {
    await lockIssues(tx);
    if ((await lockIssue(tx, id))?.status !== 'open') return;
    if (finding === undefined) await resolve(deps, tx, id, holders);
    else await upsertIssue(tx, { id, check, finding, now: deps.clock.now() });
    const outcome = finding === undefined ? 'resolved' : 'still-there';
    await recordAudit(tx, {
      event: 'scan.issue-validated',
      actor,
      subject: id,
      detail: { check: check.id, outcome },
      clock: deps.clock,
    });
    for (const label of new Set(holders.map((holder) => holder.subject_label))) await deps.changes.publish(tx, label);
    await deps.changes.publish(tx, HEALTH_RECORD);
  });
  return finding === undefined ? { outcome: 'resolved' } : { outcome: 'still-there', finding };
}

/** An error is over once it has happened: who asks says that it was dealt with. If it comes again, a new issue opens. */
async function resolveError(deps: Deps, actor: UserActor, { id, check_id }: IssueRow): Promise<Validation> {
  await transact(deps.db, async (tx) => {
    await lockIssues(tx);
    if ((await lockIssue(tx, id))?.status !== 'open') return;
    const now = deps.clock.now();
    await resolveIssue(tx, id, now);
    await endErrorsOfIssue(tx, id, now);
    const detail = { error: check_id, outcome: 'resolved' };
    await recordAudit(tx, { event: 'scan.issue-validated', actor, subject: id, detail, clock: deps.clock });
    await deps.changes.publish(tx, HEALTH_RECORD);
  });
  return { outcome: 'resolved' };
}

type Trial = { readonly issue: IssueRow; readonly holders: readonly IssueSubjectRow[] };

/** The fault as it is now, or undefined where no one tried meets it any more. */
async function tryAgain(deps: Deps, check: Check, { issue, holders }: Trial): Promise<Finding | undefined> {
  const results = await Promise.all(
    holders.map((holder) =>
      runCheck(deps, check, {
        side: holder.side,
        subject: { kind: holder.subject_kind, id: holder.subject_id, label: holder.subject_label },
        signal: new AbortController().signal,
      }),
    ),
  );
  const broken = results.find(({ status }) => status === 'errored' || status === 'timed-out')?.findings[0];
  // A check that cannot look has not seen the fault gone. The issue keeps its own source.
  const source = { kind: issue.source_kind, id: issue.source_id, label: issue.source_label };
  if (broken !== undefined) return { ...broken, source };
  return results
    .flatMap(({ findings }) => findings)
    .find((finding) => finding.source.kind === source.kind && finding.source.id === source.id);
}

async function resolve(deps: Deps, tx: Tx, id: IssueId, holders: readonly IssueSubjectRow[]): Promise<void> {
  const now = deps.clock.now();
  await resolveIssue(tx, id, now);
  for (const suite of new Set(holders.map((holder) => holder.suite))) await wakeWatches(tx, now, suite);
  await deps.jobs.send(tx, runWatched, {}, { singletonKey: 'woken' });
}
