import { sql } from 'kysely';
import type { Tx } from '../db/index.ts';
import './tables.ts';

/** Makes sure the job has a row, due by `latest` at the latest: a period may have been shortened since. */
export async function keepSchedule(tx: Tx, job: string, firstDue: Date, latest: Date): Promise<void> {
  await tx
    .insertInto('platform.schedule')
    .values({ job, due_at: firstDue })
    .onConflict((conflict) =>
      conflict
        .column('job')
        .doUpdateSet({ due_at: sql<Date>`least(platform.schedule.due_at, ${latest}::timestamptz)` }),
    )
    .execute();
}

/** Moves a due job on to its next time; false means another node did, or it is not due yet. */
export async function advanceSchedule(tx: Tx, job: string, now: Date, next: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('platform.schedule')
    .set({ due_at: next })
    .where('job', '=', job)
    .where('due_at', '<=', now)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function scheduledAt(tx: Tx, job: string): Promise<Date> {
  const row = await tx
    .selectFrom('platform.schedule')
    .select('due_at')
    .where('job', '=', job)
    .executeTakeFirstOrThrow();
  return row.due_at;
}
