import type { Db } from '../../platform/db/database.ts';
import '../tables.ts';

/** How far the clocks of the peers visited since then were ahead of ours, milliseconds. */
export async function skewsSince(db: Db, since: Date): Promise<number[]> {
  const rows = await db.selectFrom('link.peer').select('skew_ms').where('seen_at', '>=', since).execute();
  return rows.map(({ skew_ms }) => skew_ms);
}
