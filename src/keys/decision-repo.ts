import type { Selectable } from 'kysely';
import { type Db, json, type Tx } from '../platform/db/index.ts';
import type { DecisionTable } from './tables.ts';

export type DecisionRow = Selectable<DecisionTable>;

export async function insertDecisions(tx: Tx, rows: readonly DecisionRow[]): Promise<void> {
  await tx
    .insertInto('keys.decision')
    .values(rows.map((row) => ({ ...row, policies: json(row.policies) })))
    .execute();
}

export const latestDecisions = (db: Db, limit: number): Promise<DecisionRow[]> =>
  db.selectFrom('keys.decision').selectAll().orderBy('at', 'desc').orderBy('id').limit(limit).execute();
