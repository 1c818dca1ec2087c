import { fromKysely, type PgBoss } from 'pg-boss';
import type { OpenDatabase } from '../db/index.ts';
import type { Jobs } from './job.ts';
import { mergeIntoWaiting } from './queue-repo.ts';

/** Tells every node which job has been sent. */
export const WAKE_CHANNEL = 'liaise_jobs';

type Deps = {
  readonly boss: PgBoss;
  readonly notify: OpenDatabase['notify'];
  /** Whether some handler makes this job's queue exist. */
  readonly isKnown: (name: string) => boolean;
  readonly onQueueClock: (instant: Date) => Date;
};

/** Enqueues in the business transaction: a rollback takes the job back, a commit wakes whoever can run it. */
export function createSend({ boss, notify, isKnown, onQueueClock }: Deps): Jobs['send'] {
  return async (tx, job, payload, { startAfter, singletonKey, waitingOnly = false } = {}) => {
    if (!isKnown(job.name)) throw new Error(`no handler for ${job.name} has been given to work()`);
    const data = (await job.payload.parseAsync(payload)) as object;
    const due = startAfter && onQueueClock(startAfter);
    const merged = singletonKey !== undefined && (await mergeIntoWaiting(tx, job.name, singletonKey, due));
    if (!merged && !waitingOnly)
      await boss.send(job.name, data, {
        db: fromKysely(tx),
        ...(due && { startAfter: due }),
        ...(singletonKey !== undefined && { singletonKey }),
      });
    if (due === undefined) await notify(tx, WAKE_CHANNEL, job.name);
  };
}
