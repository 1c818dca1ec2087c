import { type Selectable, sql } from 'kysely';
import type { Page, PageQuery } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../platform/db/database.ts';
import type { RegistrationId } from './registration/registration.ts';
import './tables.ts';

export type ConsumerConnection = Selectable<Database['provider.consumer_connection']>;

export async function insertConsumerConnection(
  tx: Tx,
  connection: Omit<ConsumerConnection, 'number'>,
): Promise<string> {
  const { rows } = await sql<{ next: number }>`select nextval('provider.connection_number') as next`.execute(tx);
  const number = `CON${String(rows[0]?.next).padStart(7, '0')}`;
  await tx
    .insertInto('provider.consumer_connection')
    .values({ ...connection, number })
    .execute();
  return number;
}

export async function consumerConnectionOf(
  db: Db,
  registration: RegistrationId,
): Promise<ConsumerConnection | undefined> {
  return db
    .selectFrom('provider.consumer_connection')
    .selectAll()
    .where('registration_id', '=', registration)
    .executeTakeFirst();
}

export async function findConsumerConnection(db: Db, number: string): Promise<ConsumerConnection | undefined> {
  return db.selectFrom('provider.consumer_connection').selectAll().where('number', '=', number).executeTakeFirst();
}

export async function pageConsumerConnections(db: Db, asked: PageQuery): Promise<Page<ConsumerConnection>> {
  const all = db.selectFrom('provider.consumer_connection');
  const matching =
    asked.search === undefined ? all : all.where('number', 'ilike', `%${asked.search.replace(/[\\%_]/g, '\\$&')}%`);
  const { total } = await matching.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const page = asked.after === undefined ? matching : matching.where('number', '<', asked.after);
  const rows = await page
    .selectAll()
    .orderBy('number', 'desc')
    .limit(asked.limit + 1)
    .execute();
  const items = rows.slice(0, asked.limit);
  return { items, next: rows.length > asked.limit ? (items.at(-1)?.number ?? null) : null, total: Number(total) };
}
