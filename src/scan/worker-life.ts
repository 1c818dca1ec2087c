import { type Clock, later, type Random, randomToken, SECOND_MS } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { forgetWorker, forgetWorkers, noteWorker, type WorkerRow, workersSince } from './worker-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly version: string };

/** A node that has given no sign for so long is gone. Six signs: a pause for collecting garbage is not one. */
const ALIVE_MS = 30 * SECOND_MS;
const NODE_ID_BYTES = 8;

/** The nodes of this instance, as far as the database has heard of them. */
export type WorkerLife = {
  /** Notes that this node runs; `worked`: that a background step has just been done here. */
  note(worked: boolean): Promise<void>;
  /** Takes this node off the list: it is about to end, and an update may follow at once. */
  leave(): Promise<void>;
  living(): Promise<WorkerRow[]>;
  /** Background steps are being done somewhere. */
  isWorking(): Promise<boolean>;
};

export function createWorkerLife({ db, clock, random, version }: Deps): WorkerLife {
  const node = randomToken(random, NODE_ID_BYTES);
  const oldest = () => later(clock.now(), -ALIVE_MS);
  const living = () => workersSince(db, oldest());
  return {
    async note(worked) {
      await transact(db, async (tx) => {
        await noteWorker(tx, { node, version, seen_at: clock.now(), worked });
        await forgetWorkers(tx, oldest());
      });
    },
    leave: () => transact(db, (tx) => forgetWorker(tx, node)),
    living,
    async isWorking() {
      return (await living()).some((worker) => worker.worked_at !== null && worker.worked_at >= oldest());
    },
  };
}
