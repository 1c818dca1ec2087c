import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import type { ProviderConnectionId } from '../provider-connection.ts';
import type { AttemptStep } from './attempt.ts';
import '../tables.ts';

export type Attempt = Selectable<Database['consumer.attempt']>;

export async function insertAttempt(
  tx: Tx,
  attempt: Pick<
    Attempt,
    'provider_connection_id' | 'number' | 'sealed_secrets' | 'hello' | 'started_by' | 'expires_at' | 'greeting_at'
  >,
): Promise<void> {
  await tx
    .insertInto('consumer.attempt')
    .values({
      ...attempt,
      step: 'greeting',
      hello_ack: null,
      confirm: null,
      confirm_ack: null,
      prepared: null,
      connection_id: null,
      reason: null,
      authorising_at: null,
      redeeming_at: null,
      confirming_at: null,
      testing_at: null,
      prepared_at: null,
      connected_at: null,
      aborted_at: null,
    })
    .execute();
}

export async function currentAttempt(db: Db, record: ProviderConnectionId): Promise<Attempt | undefined> {
  return db
    .selectFrom('consumer.attempt')
    .selectAll()
    .where('provider_connection_id', '=', record)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function findAttempt(db: Db, record: ProviderConnectionId, number: number): Promise<Attempt | undefined> {
  return db
    .selectFrom('consumer.attempt')
    .selectAll()
    .where('provider_connection_id', '=', record)
    .where('number', '=', number)
    .executeTakeFirst();
}

type Reached = Partial<Omit<Attempt, 'provider_connection_id' | 'number' | 'step' | 'hello' | 'started_by'>>;

/** Moves one attempt if it is still in `from`; false means another step won. */
export async function moveAttempt(
  tx: Tx,
  attempt: Pick<Attempt, 'provider_connection_id' | 'number'>,
  from: AttemptStep,
  to: AttemptStep,
  reached: Reached,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('consumer.attempt')
    .set({ step: to, ...reached })
    .where('provider_connection_id', '=', attempt.provider_connection_id)
    .where('number', '=', attempt.number)
    .where('step', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Keeps what a step has learnt without leaving it. */
export async function updateAttempt(
  tx: Tx,
  attempt: Pick<Attempt, 'provider_connection_id' | 'number' | 'step'>,
  learnt: Reached,
): Promise<void> {
  await tx
    .updateTable('consumer.attempt')
    .set(learnt)
    .where('provider_connection_id', '=', attempt.provider_connection_id)
    .where('number', '=', attempt.number)
    .where('step', '=', attempt.step)
    .execute();
}
