import type { Db, Tx } from '../../platform/db/database.ts';
import type { ActivityId, ActivityKind } from './activity.ts';
import '../tables.ts';

export type ActivityRow = {
  id: ActivityId;
  kind: ActivityKind;
  author: string;
  body: string;
  generation: number | null;
  created_at: Date;
};

export async function insertActivity(tx: Tx, record: string, row: ActivityRow): Promise<void> {
  await tx
    .insertInto('link.activity')
    .values({ ...row, record })
    .execute();
}

/** Newest first. */
export async function listActivity(db: Db, record: string, kinds: readonly ActivityKind[]): Promise<ActivityRow[]> {
  return db
    .selectFrom('link.activity')
    .select(['id', 'kind', 'author', 'body', 'generation', 'created_at'])
    .where('record', '=', record)
    .where('kind', 'in', kinds)
    .orderBy('position', 'desc')
    .limit(500)
    .execute();
}
