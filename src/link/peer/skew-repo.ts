import { sql } from 'kysely';
import type { Db } from '../../platform/db/database.ts';
import '../tables.ts';

/** How far the clocks of the peers visited since then were ahead of ours, milliseconds. */
export async function skewsSince(db: Db, since: Date): Promise<number[]> {
  const rows = await db.selectFrom('link.peer').select('skew_ms').where('seen_at', '>=', since).execute();
  return rows.map(({ skew_ms }) => skew_ms);
}

/** What time it is for the database. */
export async function databaseNow(db: Db): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  if (rows[0] === undefined) throw new Error('the database tells no time');
  return rows[0].now;
}
