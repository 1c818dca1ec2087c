import type { Owner } from '../access/index.ts';
import type { UserActor } from '../kernel/index.ts';
import type { Connection } from '../link/index.ts';
import type { Db } from '../platform/db/database.ts';
import type { InstanceId } from '../protocol/index.ts';
import { currentAttempt } from './onboarding/attempt-repo.ts';
import { readsAll } from './registration/find-readable.ts';
import { registrationId } from './registration/registration.ts';
import { findRegistration, findRegistrationByNumber } from './registration/registration-repo.ts';

/** What the rooms below ask about records that only this room knows. */
export type OwnedRecords = {
  /** Whether the registration that a connection was made for still stands for it. */
  connectionIsLive(connection: Connection): Promise<boolean>;
  /** Whether a registration is in the attempt that its OAuth client belongs to. */
  clientIsLive(owner: Owner): Promise<boolean>;
  /** The instance that a client of a running attempt belongs to. */
  peerOfClient(owner: Owner): Promise<InstanceId | null>;
  /** Whether this person may hear that a record changes. */
  mayWatch(actor: UserActor, record: string): Promise<boolean>;
};

export const ownedRecords = (db: Db): OwnedRecords => ({
  connectionIsLive: async ({ owner_id, id }) => {
    const registration = registrationId.is(owner_id) ? await findRegistration(db, owner_id) : undefined;
    const attempt = registration && (await currentAttempt(db, registration.id));
    return registration?.connection_id === id || attempt?.connection_id === id;
  },
  clientIsLive: async ({ id }) => {
    const attempt = registrationId.is(id) ? await currentAttempt(db, id) : undefined;
    return attempt !== undefined && attempt.step !== 'aborted';
  },
  peerOfClient: async ({ id }) => {
    const registration = registrationId.is(id) ? await findRegistration(db, id) : undefined;
    return registration?.instance_id ?? null;
  },
  mayWatch: async (actor, record) => {
    if (readsAll(actor)) return true;
    return (await findRegistrationByNumber(db, record))?.contact_id === actor.id;
  },
});
