import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import type { InstanceId } from '../../protocol/index.ts';
import type { RegistrationId } from '../registration/registration.ts';
import type { AttemptStep } from './attempt.ts';
import '../tables.ts';

export type Attempt = Selectable<Database['provider.attempt']>;

export async function insertAttempt(tx: Tx, attempt: Attempt): Promise<void> {
  await tx.insertInto('provider.attempt').values(attempt).execute();
}

/** The attempt with the highest number: the only one that can still get anywhere. */
export async function currentAttempt(db: Db, registration: RegistrationId): Promise<Attempt | undefined> {
  return db
    .selectFrom('provider.attempt')
    .selectAll()
    .where('registration_id', '=', registration)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function findAttempt(db: Db, registration: RegistrationId, number: number): Promise<Attempt | undefined> {
  return db
    .selectFrom('provider.attempt')
    .selectAll()
    .where('registration_id', '=', registration)
    .where('number', '=', number)
    .executeTakeFirst();
}

type Reached = Partial<
  Pick<
    Attempt,
    | 'authorised_at'
    | 'keyed_at'
    | 'committed_at'
    | 'connected_at'
    | 'aborted_at'
    | 'consented_by'
    | 'connection_id'
    | 'th4'
    | 'sealed_secret'
    | 'reason'
    | 'expires_at'
  >
>;

/** Moves one attempt if it is still in `from`; false means another step won. */
export async function moveAttempt(
  tx: Tx,
  attempt: Pick<Attempt, 'registration_id' | 'number'>,
  from: AttemptStep,
  to: AttemptStep,
  reached: Reached,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('provider.attempt')
    .set({ step: to, ...reached })
    .where('registration_id', '=', attempt.registration_id)
    .where('number', '=', attempt.number)
    .where('step', '=', from)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

export async function recordRefusal(
  tx: Tx,
  attempt: Pick<Attempt, 'registration_id' | 'number' | 'refused_visits'>,
  refused: { readonly code: string; readonly visit: string; readonly at: Date },
): Promise<void> {
  await tx
    .updateTable('provider.attempt')
    .set({
      refusal_code: refused.code,
      refusal_at: refused.at,
      refused_visits: [...attempt.refused_visits, refused.visit],
    })
    .where('registration_id', '=', attempt.registration_id)
    .where('number', '=', attempt.number)
    .execute();
}

/** Attempts that have outlived their clock and may still be ended. */
export async function expiredAttempts(db: Db, now: Date): Promise<Attempt[]> {
  return db
    .selectFrom('provider.attempt')
    .selectAll()
    .where('step', 'in', ['claimed', 'authorised', 'keyed'])
    .where('expires_at', '<', now)
    .limit(100)
    .execute();
}

export type StepAnswer = { request_hash: string; answer: string };

export async function findStepAnswer(
  db: Db,
  key: { registration: RegistrationId; issuer: InstanceId; attempt: number; step: string },
): Promise<StepAnswer | undefined> {
  return db
    .selectFrom('provider.step_answer')
    .select(['request_hash', 'answer'])
    .where('registration_id', '=', key.registration)
    .where('issuer', '=', key.issuer)
    .where('attempt', '=', key.attempt)
    .where('step', '=', key.step)
    .executeTakeFirst();
}

export async function insertStepAnswer(
  tx: Tx,
  key: { registration: RegistrationId; issuer: InstanceId; attempt: number; step: string },
  answer: StepAnswer & { answered_at: Date },
): Promise<void> {
  await tx
    .insertInto('provider.step_answer')
    .values({ registration_id: key.registration, issuer: key.issuer, attempt: key.attempt, step: key.step, ...answer })
    .execute();
}
