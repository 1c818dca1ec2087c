import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { Page } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../platform/db/database.ts';
import { instantKey, sortedPage, textKey } from '../platform/db/index.ts';
import type { listConsumerConnections } from './contract.ts';
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

const orders = {
  number: [textKey('number')],
  createdAt: [instantKey('created_at'), textKey('number')],
} as const;

type ListQuery = z.output<NonNullable<(typeof listConsumerConnections)['query']>>;

export async function pageConsumerConnections(db: Db, asked: ListQuery): Promise<Page<ConsumerConnection>> {
  const all = db.selectFrom('provider.consumer_connection').selectAll();
  const matching =
    asked.search === undefined ? all : all.where('number', 'ilike', `%${asked.search.replace(/[\\%_]/g, '\\$&')}%`);
  return sortedPage(matching, orders, asked);
}
