import { type Expression, type Selectable, type SqlBool, sql } from 'kysely';
import type { z } from 'zod';
import type { CompanyId } from '../../directory/index.ts';
import type { Page, UserId } from '../../kernel/index.ts';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import { instantKey, sortedPage, textKey } from '../../platform/db/index.ts';
import type { InstanceId } from '../../protocol/index.ts';
import type { listRegistrations } from '../contract.ts';
import type { RegistrationId, RegistrationState } from './registration.ts';
import '../tables.ts';

export type Registration = Selectable<Database['provider.registration']>;

export async function nextRegistrationNumber(tx: Tx): Promise<string> {
  const { rows } = await sql<{ next: number }>`select nextval('provider.registration_number') as next`.execute(tx);
  return `REG${String(rows[0]?.next).padStart(7, '0')}`;
}

export async function insertRegistration(tx: Tx, registration: Registration): Promise<void> {
  await tx.insertInto('provider.registration').values(registration).execute();
}

export async function findRegistration(db: Db, id: RegistrationId): Promise<Registration | undefined> {
  return db.selectFrom('provider.registration').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findRegistrationByNumber(db: Db, number: string): Promise<Registration | undefined> {
  return db.selectFrom('provider.registration').selectAll().where('number', '=', number).executeTakeFirst();
}

/** Holds the row until the transaction ends, so that two steps of one registration never interleave. */
export async function lockRegistration(tx: Tx, id: RegistrationId): Promise<Registration | undefined> {
  return tx.selectFrom('provider.registration').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Moves one row if it is still in `from`; false means another request won. */
export async function moveRegistration(
  tx: Tx,
  id: RegistrationId,
  from: RegistrationState,
  to: RegistrationState,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('provider.registration')
    .set({ state: to, updated_at: now })
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

type Changeable = Partial<
  Pick<Registration, 'contact_id' | 'validation_since' | 'link_generation' | 'connection_id' | 'instance_id'>
>;

export async function updateRegistration(tx: Tx, id: RegistrationId, change: Changeable, now: Date): Promise<void> {
  await tx
    .updateTable('provider.registration')
    .set({ ...change, updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Remembers which instance answers at the registered address; never replaces one that a link was made for. */
export async function pinConsumerInstance(tx: Tx, id: RegistrationId, instance: InstanceId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('provider.registration')
    .set({ instance_id: instance })
    .where('id', '=', id)
    .where((row) =>
      row.or([
        row('instance_id', '=', instance),
        row('instance_id', 'is', null),
        row('state', 'in', ['awaiting-validation', 'validation-failed']),
      ]),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Live registrations of one address, or of one instance: for the duplicate rule and for OQ-29. */
export async function findLiveRegistrations(
  db: Db,
  by: { url: string } | { instance: InstanceId },
): Promise<Registration[]> {
  return db
    .selectFrom('provider.registration')
    .selectAll()
    .where((row) => ('url' in by ? row('url', '=', by.url) : row('instance_id', '=', by.instance)))
    .where('state', 'not in', ['cancelled', 'closed-incomplete'])
    .orderBy('number')
    .execute();
}

/**
 * Another registration of the same instance that goes before this one: it has a link already, or came first. Two instances
 * share one connection (OQ-29).
 */
export async function findRival(
  db: Db,
  { id, number, instance_id }: Pick<Registration, 'id' | 'number' | 'instance_id'>,
): Promise<Registration | undefined> {
  if (instance_id === null) return undefined;
  const others = await findLiveRegistrations(db, { instance: instance_id });
  return others.find(
    (other) =>
      other.id !== id && (!['awaiting-validation', 'validation-failed'].includes(other.state) || other.number < number),
  );
}

/** One at a time per consumer instance, until the transaction ends: whoever opens a registration looks for rivals first. */
export async function lockInstance(tx: Tx, instance: InstanceId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`provider.instance ${instance}`}, 0))`.execute(tx);
}

/** Registrations whose link is out, or that are being connected. */
export async function listOpenRegistrations(db: Db): Promise<Registration[]> {
  return db
    .selectFrom('provider.registration')
    .selectAll()
    .where('state', 'in', ['open', 'work-in-progress'])
    .orderBy('number')
    .execute();
}

type ListQuery = z.output<NonNullable<(typeof listRegistrations)['query']>>;

export type RegistrationFilter = ListQuery & {
  contactId?: UserId | undefined;
  /** Companies whose name fits the search text. */
  companyIds?: readonly CompanyId[];
};

const orders = {
  number: [textKey('number')],
  url: [textKey('url'), textKey('number')],
  state: [textKey('state'), textKey('number')],
  updatedAt: [instantKey('updated_at'), textKey('number')],
} as const;

export async function pageRegistrations(db: Db, filter: RegistrationFilter): Promise<Page<Registration>> {
  const matching = db.selectFrom('provider.registration').where((row) => {
    const conditions: Expression<SqlBool>[] = [];
    if (filter.state) conditions.push(row('state', '=', filter.state));
    if (filter.contactId) conditions.push(row('contact_id', '=', filter.contactId));
    if (filter.search) {
      const fits = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
      const places = [row('number', 'ilike', fits), row('url', 'ilike', fits)];
      if (filter.companyIds?.length) places.push(row('company_id', 'in', filter.companyIds));
      conditions.push(row.or(places));
    }
    return row.and(conditions);
  });
  return sortedPage(matching.selectAll(), orders, filter);
}
