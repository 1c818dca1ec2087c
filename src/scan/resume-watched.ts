import type { Clock } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import type { Log } from '../platform/log/index.ts';
import { runWatched } from './scan-jobs.ts';
import { wakeWatches } from './watch-repo.ts';

type Deps = { readonly db: Db; readonly jobs: Jobs; readonly clock: Clock; readonly log: Pick<Log, 'info'> };

/** Runs every watched subject again at once: something on which many of them wait has recovered (REG-58). */
export async function resumeWatched(deps: Deps, reason: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    await wakeWatches(tx, deps.clock.now());
    await deps.jobs.send(tx, runWatched, {}, { singletonKey: 'woken' });
  });
  deps.log.info({ reason }, 'watched scans are run again');
}
