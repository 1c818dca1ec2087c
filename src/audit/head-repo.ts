import type { Selectable } from 'kysely';
import type { Db, Tx } from '../platform/db/index.ts';
import type { HeadTable } from './tables.ts';

export type Head = Selectable<HeadTable>;

export async function lastHead(db: Db): Promise<Head | undefined> {
  return db.selectFrom('audit.head').selectAll().orderBy('position', 'desc').limit(1).executeTakeFirst();
}

/** Heads over positions in (after, upTo], oldest first. */
export async function headsBetween(db: Db, after: number, upTo: number): Promise<Head[]> {
  return db
    .selectFrom('audit.head')
    .selectAll()
    .where('position', '>', after)
    .where('position', '<=', upTo)
    .orderBy('position')
    .execute();
}

/** Two nodes may sign the same head; the first one stays. */
export async function insertHead(tx: Tx, head: Head): Promise<void> {
  await tx
    .insertInto('audit.head')
    .values(head)
    .onConflict((conflict) => conflict.column('position').doNothing())
    .execute();
}
