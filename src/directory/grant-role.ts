import { recordAudit } from '../audit/index.ts';
import type { Actor, Clock, UserId } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import { deleteGrants, insertGrant, lockRoles, rolesOf } from './role-repo.ts';

/** The one role that other rooms give: with a registration that says so (OQ-05). */
export type RoleOfContact = 'sn_sb_pro.consumer';

export type RoleGrant = {
  readonly userId: UserId;
  readonly role: RoleOfContact;
  readonly actor: Actor;
  /** The record that needs it, such as a registration's number: what takeBackRole names later. */
  readonly because: string;
  readonly clock: Clock;
};

/** True when the person did not hold the role before. Several records may need it; the role stays until the last lets go. */
export async function grantRole(tx: Tx, { userId, role, actor, because, clock }: RoleGrant): Promise<boolean> {
  await lockRoles(tx);
  const held = (await rolesOf(tx, userId)).has(role);
  await insertGrant(tx, { userId, role, because, at: clock.now() });
  if (!held)
    await recordAudit(tx, { event: 'directory.role-given', actor, subject: userId, detail: { role, because }, clock });
  return !held;
}

/** True when the person lost the role by it: not when somebody else, or another record, gave it too. */
export async function takeBackRole(tx: Tx, { userId, role, actor, because, clock }: RoleGrant): Promise<boolean> {
  await lockRoles(tx);
  const before = (await rolesOf(tx, userId)).has(role);
  await deleteGrants(tx, { userId, role, because });
  const lost = before && !(await rolesOf(tx, userId)).has(role);
  if (lost)
    await recordAudit(tx, { event: 'directory.role-taken', actor, subject: userId, detail: { role, because }, clock });
  return lost;
}
