import { type Clock, later, SECOND_MS } from '../../kernel/index.ts';
import { type Db, transact } from '../db/index.ts';
import type { Job, Jobs } from './job.ts';
import { advanceSchedule, keepSchedule, scheduledAt } from './schedule-repo.ts';

type Schedule = { readonly job: Job; readonly periodMs: number; known?: Date };

/** Periodic jobs: whichever node first notices that one is due enqueues it, once for all nodes. */
export type Schedules = {
  add(job: Job, everySeconds: number): void;
  /** Enqueues what is due. Asks the database only when the clock says that something may be. */
  enqueueDue(): Promise<void>;
};

export function createSchedules({ db, clock, jobs }: { db: Db; clock: Clock; jobs: Jobs }): Schedules {
  const schedules = new Map<string, Schedule>();

  async function enqueueIfDue(schedule: Schedule): Promise<void> {
    const { job, periodMs } = schedule;
    const now = clock.now();
    if (schedule.known !== undefined && schedule.known > now) return;
    schedule.known = await transact(db, async (tx) => {
      const next = later(now, periodMs);
      if (schedule.known === undefined) await keepSchedule(tx, job.name, now, next);
      if (!(await advanceSchedule(tx, job.name, now, next))) return scheduledAt(tx, job.name);
      // One key for all periods: a run that is late does not pile up.
      await jobs.send(tx, job, {}, { singletonKey: 'period' });
      return next;
    });
  }

  return {
    add: (job, everySeconds) => void schedules.set(job.name, { job, periodMs: everySeconds * SECOND_MS }),
    async enqueueDue() {
      for (const schedule of schedules.values()) await enqueueIfDue(schedule);
    },
  };
}
