import { recordAudit } from '../audit/index.ts';
import type { Clock, UserActor } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { HEALTH_RECORD } from './contract.ts';
import { RunEnded, RunNotFound, RunOfRecord } from './problems.ts';
import { lockRun, stopRun } from './run-repo.ts';
import type { ScanRunId } from './scan-run.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly changes: Pick<Changes, 'publish'> };

/**
 * Cancels a run over the whole instance. What it has found stays (SCN-08). A run of a record is refused: the record waits
 * for its verdict, and would wait for ever.
 */
export async function cancelRun(deps: Deps, actor: UserActor, id: ScanRunId): Promise<void> {
  await transact(deps.db, async (tx) => {
    const run = await lockRun(tx, id);
    if (run === undefined) throw new RunNotFound('There is no such run; only the last ones of a record are kept.');
    if (run.subject_kind !== 'instance') {
      throw new RunOfRecord(
        `${run.subject_label} waits for the outcome of this run, so it was not cancelled. Cancel the record instead if it is no longer wanted.`,
      );
    }
    if (run.status !== 'queued' && run.status !== 'running') {
      throw new RunEnded(
        'This run has ended already, so there was nothing to cancel. Start the suite again if wanted.',
      );
    }
    const { username } = actor;
    await stopRun(tx, run, { username, reason: `Cancelled by ${username}.`, now: deps.clock.now() });
    await recordAudit(tx, {
      event: 'scan.run-cancelled',
      actor,
      subject: id,
      detail: { suite: run.suite, side: run.side },
      clock: deps.clock,
    });
    await deps.changes.publish(tx, HEALTH_RECORD);
  });
}
