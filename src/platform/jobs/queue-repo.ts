import { sql } from 'kysely';
import type { Db, Tx } from '../db/index.ts';

// What the job queue's own functions do not offer, over its table pgboss.job. Its states are ordered: created, retry,
// active, …; a job before active waits.

/** The database's clock, which the queue goes by. */
export async function queueNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ instant: Date }>`select pgboss.job_now() as instant`.execute(db);
  return rows[0]?.instant as Date;
}

/**
 * Merges into a waiting job with the same key: it starts at the earlier of the two times. False when there is none to merge
 * into. NOTE the row stays locked until this transaction ends, so no worker takes the job before it can see what this
 * transaction wrote; one that a worker is just taking is passed over.
 */
export async function mergeIntoWaiting(
  tx: Tx,
  name: string,
  key: string,
  startAfter: Date | undefined,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update pgboss.job set start_after = least(start_after, coalesce(${startAfter ?? null}::timestamptz, pgboss.job_now()))
    where name = ${name} and id in (
      select id from pgboss.job
      where name = ${name} and singleton_key = ${key} and state < 'active'
      limit 1 for update skip locked
    )`.execute(tx);
  return numAffectedRows === 1n;
}

/** Names among `names` that have a job whose time has come by the database's clock. */
export async function dueNames(db: Db, names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct name from pgboss.job
    where name = any(${names}) and state < 'active' and not blocked and start_after <= pgboss.job_now()`.execute(db);
  return rows.map((row) => row.name);
}

/** Makes every waiting job that is due by `instant` due by the database's clock too, but for those with an id in `except`. */
export async function pullForward(db: Db, instant: Date, except: readonly string[]): Promise<void> {
  await sql`
    update pgboss.job set start_after = created_on
    where state < 'active' and start_after > pgboss.job_now() and start_after <= ${instant}
      and not (id = any(${except}::uuid[]))`.execute(db);
}

export type RunningJob = { name: string; id: string };

export async function runningJobs(db: Db): Promise<RunningJob[]> {
  const { rows } = await sql<RunningJob>`select name, id from pgboss.job where state = 'active'`.execute(db);
  return rows;
}
