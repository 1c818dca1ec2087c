import type { UserActor } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { RegistrationNotFound } from '../problems.ts';
import { findRegistrationByNumber, type Registration } from './registration-repo.ts';

/** True for who reads every registration; a contact reads its own (ACL-01, OQ-25). */
export const readsAll = (actor: UserActor): boolean => actor.roles.has('admin') || actor.roles.has('sn_sb.admin');

/** Finds a registration that this person may read; somebody else's looks like none at all. */
export async function findReadable(db: Db, actor: UserActor, number: string): Promise<Registration> {
  const registration = await findRegistrationByNumber(db, number);
  if (registration === undefined || !(readsAll(actor) || registration.contact_id === actor.id)) {
    throw new RegistrationNotFound(number);
  }
  return registration;
}
