import { recordAudit } from '../audit/index.ts';
import type { Clock, Role, UserActor } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import { RoleNotYoursToGive } from './problems.ts';
import { deleteGrants, insertGrant, rolesOf } from './role-repo.ts';
import { giversOf, mayGive } from './role-rules.ts';
import type { User } from './user.ts';

/** What a person gives in the directory is given for no other reason. */
const BY_HAND = 'directory';

/**
 * Makes `wanted` the whole set of roles that `user` holds; each one given or taken must be the actor's to give. Call it
 * under lockRoles. Throws RoleNotYoursToGive.
 */
export async function giveRoles(
  tx: Tx,
  clock: Clock,
  actor: UserActor,
  user: Pick<User, 'id' | 'roles'>,
  wanted: readonly Role[],
): Promise<void> {
  const held = new Set(user.roles);
  const given = [...new Set(wanted)].filter((role) => !held.has(role));
  const taken = user.roles.filter((role) => !wanted.includes(role));
  const own = await rolesNow(tx, actor);
  for (const role of [...given, ...taken]) if (!mayGive(own, role)) throw new RoleNotYoursToGive(role, giversOf(role));
  const change = { actor, subject: user.id, clock };
  for (const role of given) {
    await insertGrant(tx, { userId: user.id, role, because: BY_HAND, at: clock.now() });
    await recordAudit(tx, { ...change, event: 'directory.role-given', detail: { role } });
  }
  for (const role of taken) {
    await deleteGrants(tx, { userId: user.id, role });
    await recordAudit(tx, { ...change, event: 'directory.role-taken', detail: { role } });
  }
}

/** What the actor may use and still holds: a request that waited for the lock may have lost its roles meanwhile. */
export async function rolesNow(tx: Tx, actor: UserActor): Promise<Set<Role>> {
  const held = await rolesOf(tx, actor.id);
  return new Set([...actor.roles].filter((role) => held.has(role)));
}
