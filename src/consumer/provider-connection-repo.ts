import { type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { CompanyId } from '../directory/index.ts';
import type { Page } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../platform/db/database.ts';
import { instantKey, sortedPage, textKey } from '../platform/db/index.ts';
import type { InstanceId } from '../protocol/index.ts';
import type { listProviderConnections } from './contract.ts';
import type { ProviderConnectionId, ProviderConnectionState } from './provider-connection.ts';
import './tables.ts';

export type ProviderConnection = Selectable<Database['consumer.provider_connection']>;

export async function nextProviderConnectionNumber(tx: Tx): Promise<string> {
  const { rows } = await sql<{ next: number }>`select nextval('consumer.provider_connection_number') as next`.execute(
    tx,
  );
  return `PRC${String(rows[0]?.next).padStart(7, '0')}`;
}

/** False when a record of the same registration exists; it is then left as it is. */
export async function insertProviderConnection(tx: Tx, record: ProviderConnection): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('consumer.provider_connection')
    .values(record)
    .onConflict((conflict) => conflict.columns(['provider_instance_id', 'registration_id']).doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function findProviderConnection(
  db: Db,
  id: ProviderConnectionId,
): Promise<ProviderConnection | undefined> {
  return db.selectFrom('consumer.provider_connection').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findProviderConnectionByNumber(db: Db, number: string): Promise<ProviderConnection | undefined> {
  return db.selectFrom('consumer.provider_connection').selectAll().where('number', '=', number).executeTakeFirst();
}

export async function findByRegistration(
  db: Db,
  provider: InstanceId,
  registration: string,
): Promise<ProviderConnection | undefined> {
  return db
    .selectFrom('consumer.provider_connection')
    .selectAll()
    .where('provider_instance_id', '=', provider)
    .where('registration_id', '=', registration)
    .executeTakeFirst();
}

/** Holds the row until the transaction ends, so that two steps of one record never interleave. */
export async function lockProviderConnection(
  tx: Tx,
  id: ProviderConnectionId,
): Promise<ProviderConnection | undefined> {
  return tx.selectFrom('consumer.provider_connection').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Moves one row if it is still in `from`; false means another request won. */
export async function moveProviderConnection(
  tx: Tx,
  id: ProviderConnectionId,
  from: ProviderConnectionState,
  to: ProviderConnectionState,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('consumer.provider_connection')
    .set({ state: to, updated_at: now })
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

type Changeable = Partial<
  Pick<
    ProviderConnection,
    | 'company_id'
    | 'validation_since'
    | 'connection_id'
    | 'invitation_jti'
    | 'invitation_generation'
    | 'link_expires_at'
    | 'sealed_secret'
    | 'masked_contact'
    | 'provider_name'
    | 'provider_origin'
  >
>;

export async function updateProviderConnection(
  tx: Tx,
  id: ProviderConnectionId,
  change: Changeable,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('consumer.provider_connection')
    .set({ ...change, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Records with a running attempt. */
export async function listConnecting(db: Db): Promise<ProviderConnection[]> {
  return db.selectFrom('consumer.provider_connection').selectAll().where('state', '=', 'connecting').execute();
}

export type ProviderConnectionFilter = z.output<NonNullable<(typeof listProviderConnections)['query']>> & {
  companyIds?: readonly CompanyId[];
};

const orders = {
  number: [textKey('number')],
  provider: [textKey('provider_name'), textKey('number')],
  state: [textKey('state'), textKey('number')],
  updatedAt: [instantKey('updated_at'), textKey('number')],
} as const;

export async function pageProviderConnections(
  db: Db,
  filter: ProviderConnectionFilter,
): Promise<Page<ProviderConnection>> {
  const fits = filter.search === undefined ? undefined : `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
  const matching = db
    .selectFrom('consumer.provider_connection')
    .selectAll()
    .where((row) =>
      row.and([
        ...(filter.state ? [row('state', '=', filter.state)] : []),
        ...(fits === undefined
          ? []
          : [
              row.or([
                row('number', 'ilike', fits),
                row('provider_name', 'ilike', fits),
                row('provider_origin', 'ilike', fits),
                ...(filter.companyIds?.length ? [row('company_id', 'in', filter.companyIds)] : []),
              ]),
            ]),
      ]),
    );
  return sortedPage(matching, orders, filter);
}
