import type { Clock, Random } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import { defineJob, type Jobs } from '../platform/jobs/index.ts';
import type { Check } from './check.ts';
import { HEALTH_RECORD } from './contract.ts';
import { lockIssues } from './issue-repo.ts';
import { recordFindings } from './record-findings.ts';
import { cancelQueuedRerun, endRun, findQueuedRun, forgetOldRuns, lockRun, type RunRow } from './run-repo.ts';
import { runScan } from './scan-jobs.ts';
import { type CheckResult, type Outcome, scanVerdict } from './scan-run.ts';
import { scheduleNext } from './schedule-next.ts';
import { lockWatch, type WatchRow } from './watch-repo.ts';

export type ConcludeDeps = {
  readonly db: Db;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly changes: Pick<Changes, 'publish'>;
};

/**
 * What came of a run: the checks that were really run, a result for every check, and, where it could not be brought to an
 * end, why. `partial`: peers were not asked, because an own check still fails.
 */
export type Conclusion = { readonly checks: readonly Check[]; readonly results: readonly CheckResult[] } & (
  | { readonly kind: 'complete'; readonly partial: boolean }
  | { readonly kind: 'failed'; readonly reason: string }
);

/** Enough to see how a subject came to stand as it does. */
const KEPT_RUNS = 20;

/** The engine's own check: that a run comes to an end. Every complete run passes it. */
const runEnds = {
  id: 'SCAN-00',
  name: 'The scan comes to an end',
  category: 'Engine',
  priority: 'critical',
  summary: 'A scan could not be brought to an end',
} as const;

/**
 * Ends a run in one transaction: the run with its results, the issues, the next run if the subject is watched, and the
 * verdict. `run` as claimed: when another delivery of the job has taken over or ended it, nothing happens.
 */
export async function concludeRun(
  deps: ConcludeDeps,
  run: Pick<RunRow, 'id' | 'suite' | 'subject_kind' | 'subject_id' | 'attempt'>,
  conclusion: Conclusion,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    await lockIssues(tx);
    const watch = await lockWatch(tx, run);
    const locked = await lockRun(tx, run.id);
    if (locked === undefined || locked.attempt !== run.attempt || locked.finished_at !== null) return;
    if (locked.superseded) await cancel(deps, tx, locked, conclusion);
    else if (locked.status !== 'cancelled') await end(deps, tx, locked, { conclusion, watch });
    const next = await findQueuedRun(tx, locked);
    if (next !== undefined && next !== locked.id) await deps.jobs.send(tx, runScan, { runId: next });
  });
}

/** What was found before a person cancelled it stays (SCN-08); what a superseded run found is of no use. */
async function cancel(deps: ConcludeDeps, tx: Tx, run: RunRow, conclusion: Conclusion): Promise<void> {
  const now = deps.clock.now();
  const reason = run.reason ?? 'A newer scan was asked for.';
  await endRun(tx, run.id, { status: 'cancelled', outcome: null, reason, results: conclusion.results }, now);
  await deps.changes.publish(tx, run.id);
  if (run.cancelled_by === null) return;
  await recordFindings(deps, tx, run, { recorded: ranOf(conclusion), whole: false, now });
  await deps.changes.publish(tx, HEALTH_RECORD);
}

type Telling = { readonly replyTo: string; readonly outcome: Outcome };
type Ending = { readonly conclusion: Conclusion; readonly watch: WatchRow | undefined };

async function end(deps: ConcludeDeps, tx: Tx, run: RunRow, { conclusion, watch }: Ending): Promise<void> {
  const now = deps.clock.now();
  const complete = conclusion.kind === 'complete';
  const { results } = conclusion;
  const outcome = complete && results.every(({ status }) => status === 'passed') ? 'passed' : 'failed';
  const reason = complete ? null : conclusion.reason;
  await endRun(tx, run.id, { status: conclusion.kind, outcome, reason, results }, now);
  const recorded = recordedOf(run, conclusion);
  const whole = complete && !conclusion.partial;
  const issuesChanged = await recordFindings(deps, tx, run, { recorded, whole, now });
  const findings = recorded.flatMap((each) => each.findings);
  if (watch !== undefined) await scheduleNext(deps, tx, watch, { outcome, findings, peersAsked: whole });
  const replyTo = run.reply_to ?? (watch?.told === outcome ? null : (watch?.reply_to ?? null));
  if (replyTo !== null) await tell(deps, tx, run, { replyTo, outcome });
  if (outcome === 'passed') await cancelQueuedRerun(tx, run);
  await forgetOldRuns(tx, run, KEPT_RUNS);
  await deps.changes.publish(tx, run.id);
  if (issuesChanged || !run.is_rerun || watch?.told !== outcome) {
    await deps.changes.publish(tx, run.subject_label);
    await deps.changes.publish(tx, HEALTH_RECORD);
  }
}

type Recorded = Parameters<typeof recordFindings>[3]['recorded'];

const ranOf = ({ checks, results }: Conclusion): Recorded =>
  checks.map((check) => ({ check, findings: results.find(({ id }) => id === check.id)?.findings ?? [] }));

function recordedOf(run: RunRow, conclusion: Conclusion): Recorded {
  const findings = conclusion.kind === 'failed' ? [unfinished(run, conclusion.reason)] : [];
  return [...ranOf(conclusion), { check: runEnds, findings }];
}

const unfinished = (run: RunRow, reason: string) => ({
  source: { kind: run.subject_kind, id: run.subject_id, label: run.subject_label },
  message: `The scan of ${run.subject_label} could not be brought to an end, so it counts as failed.`,
  cause: reason,
  remedy:
    'It is repeated by itself. If it stays: look for the run in the log of this instance and repair what it names.',
  who: 'An operator of this instance',
});

async function tell(deps: ConcludeDeps, tx: Tx, run: RunRow, { replyTo, outcome }: Telling): Promise<void> {
  const job = defineJob({ name: replyTo, payload: scanVerdict });
  await deps.jobs.send(tx, job, { subjectId: run.subject_id, runId: run.id, outcome });
}
