import type { Clock, Random } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import type { Job, Jobs } from '../platform/jobs/index.ts';
import { adoptQueuedRun, insertQueuedRun, supersedeRunning } from './run-repo.ts';
import { runScan } from './scan-jobs.ts';
import { type ScanRunId, type ScanVerdict, scanRunId } from './scan-run.ts';
import type { Side, Subject } from './subject.ts';
import { startWatch } from './watch-repo.ts';

type Deps = { readonly jobs: Jobs; readonly clock: Clock; readonly random: Random };

export type ScanRequest = {
  /** Name of the suite. */
  readonly suite: string;
  readonly side: Side;
  readonly subject: Subject;
  /** Sent once the run has ended, whether it passed, failed, or could not be brought to an end. */
  readonly replyTo?: Job<ScanVerdict>;
  /** Run again by itself until it passes; `replyTo` is then sent whenever the outcome changes. */
  readonly watch: boolean;
};

/**
 * Asks for a scan in the caller's transaction; the run itself is a job. Asking again while one waits changes nothing; while
 * one is going on, that one's outcome is dropped and the new one follows it, so that the outcome is of what is now.
 */
export async function requestScan(deps: Deps, tx: Tx, request: ScanRequest): Promise<ScanRunId> {
  const { suite, side, subject } = request;
  const columns = { suite, side, subject_kind: subject.kind, subject_id: subject.id, subject_label: subject.label };
  const reply_to = request.replyTo?.name ?? null;
  if (request.watch) await startWatch(tx, { ...columns, reply_to });
  await supersedeRunning(tx, columns);
  const run = { id: scanRunId.create(deps.random), ...columns, is_rerun: false, own_first: false, reply_to };
  const runId = await queue(tx, { ...run, requested_at: deps.clock.now() });
  await deps.jobs.send(tx, runScan, { runId });
  return runId;
}

/** Another request may queue a run, or a worker take the waiting one, between the two statements; one of them then holds. */
async function queue(tx: Tx, run: Parameters<typeof insertQueuedRun>[1]): Promise<ScanRunId> {
  for (;;) {
    if (await insertQueuedRun(tx, run)) return run.id;
    const adopted = await adoptQueuedRun(tx, run);
    if (adopted !== undefined) return adopted;
  }
}
