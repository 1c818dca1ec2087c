import type { Selectable } from 'kysely';
import type { Database, Db, Tx } from '../../platform/db/database.ts';
import type { InvitationState } from './invitation.ts';
import type { RegistrationId } from './registration.ts';
import '../tables.ts';

export type Invitation = Selectable<Database['provider.invitation']>;

export async function insertInvitation(
  tx: Tx,
  invitation: Omit<Invitation, 'bad_macs' | 'mailed_to' | 'mailed_at' | 'mail_failed_at'>,
): Promise<void> {
  await tx.insertInto('provider.invitation').values(invitation).execute();
}

export async function findInvitation(db: Db, registration: RegistrationId, generation: number) {
  return db
    .selectFrom('provider.invitation')
    .selectAll()
    .where('registration_id', '=', registration)
    .where('generation', '=', generation)
    .executeTakeFirst();
}

/** Ends the live generation, if any, and forgets its secret: from here on nobody can put the link together again. */
export async function endInvitation(
  tx: Tx,
  registration: RegistrationId,
  state: Exclude<InvitationState, 'live'>,
): Promise<void> {
  await tx
    .updateTable('provider.invitation')
    .set({ state, sealed_secret: null })
    .where('registration_id', '=', registration)
    .where('state', '=', 'live')
    .execute();
}

/** Counts one wrong guess; answers how many there have been, undefined when this very statement was counted before. */
export async function countBadMac(
  tx: Tx,
  { registration_id, generation }: Pick<Invitation, 'registration_id' | 'generation'>,
  hash: string,
): Promise<number | undefined> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('provider.wrong_guess')
    .values({ registration_id, generation, statement_hash: hash })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return undefined;
  const row = await tx
    .updateTable('provider.invitation')
    .set((invitation) => ({ bad_macs: invitation('bad_macs', '+', 1) }))
    .where('registration_id', '=', registration_id)
    .where('generation', '=', generation)
    .returning('bad_macs')
    .executeTakeFirstOrThrow();
  return row.bad_macs;
}

export async function markMailed(
  tx: Tx,
  registration: RegistrationId,
  generation: number,
  outcome: { mailed_to: string; mailed_at: Date } | { mail_failed_at: Date },
): Promise<void> {
  await tx
    .updateTable('provider.invitation')
    .set(outcome)
    .where('registration_id', '=', registration)
    .where('generation', '=', generation)
    .execute();
}
