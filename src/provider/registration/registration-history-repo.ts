import { sql } from 'kysely';
import type { Db } from '../../platform/db/database.ts';
import type { RegistrationState } from './registration.ts';
import '../tables.ts';

export type SavedInMonth = { month: string; state: RegistrationState; count: number };

/** How many registrations were saved in each of the last months that have any, in the states they are in now; UTC. */
export async function countByMonth(db: Db, months: number): Promise<SavedInMonth[]> {
  const month = sql<string>`to_char(created_at at time zone 'UTC', 'YYYY-MM')`;
  const rows = await db
    .selectFrom('provider.registration')
    .select((row) => [month.as('month'), 'state', row.fn.countAll<number>().as('count')])
    .groupBy([month, 'state'])
    .orderBy('month', 'desc')
    .execute();
  const last = new Set([...new Set(rows.map((row) => row.month))].slice(0, months));
  return rows.filter((row) => last.has(row.month)).map((row) => ({ ...row, count: Number(row.count) }));
}
