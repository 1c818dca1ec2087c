import type { Clock, Random } from '../kernel/index.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import { resolveUnheld } from './issue-repo.ts';
import { hasOpenRun, insertQueuedRun } from './run-repo.ts';
import { runScan } from './scan-jobs.ts';
import { scanRunId } from './scan-run.ts';
import { takeDueWatches, type WatchRow } from './watch-repo.ts';

type Deps = { readonly db: Db; readonly jobs: Jobs; readonly clock: Clock; readonly random: Random };

/** Rows locked at once; the rest follow in further transactions. */
const BATCH = 50;

/** Starts a re-run of each watched subject whose time has come. Any node may do it; each row is taken by one. */
export async function startDueRuns(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  for (;;) {
    const taken = await transact(deps.db, async (tx) => {
      const due = await takeDueWatches(tx, now, BATCH);
      for (const watch of due) await startRerun(deps, tx, watch, now);
      return due.length;
    });
    if (taken < BATCH) break;
  }
  await transact(deps.db, (tx) => resolveUnheld(tx, now));
}

/** One that waits will see what is now; one that is going on looks, when it ends, whether it was woken meanwhile. */
async function startRerun(deps: Deps, tx: Tx, watch: WatchRow, now: Date): Promise<void> {
  const { suite, side, subject_kind, subject_id, subject_label } = watch;
  if (await hasOpenRun(tx, watch)) return;
  const runId = scanRunId.create(deps.random);
  const own_first = watch.woken_at === null && watch.peer_due_at !== null && watch.peer_due_at > now;
  const columns = { suite, side, subject_kind, subject_id, subject_label, is_rerun: true, own_first, reply_to: null };
  if (await insertQueuedRun(tx, { id: runId, ...columns, requested_at: now })) {
    await deps.jobs.send(tx, runScan, { runId });
  }
}
