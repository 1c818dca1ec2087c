import { recordAudit } from '../audit/index.ts';
import { type Clock, Forbidden, NotFound, type Role, type UserActor, type UserId } from '../kernel/index.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import { deleteApiTokensOf } from './api-token-repo.ts';
import type { CompanyId } from './company.ts';
import { activeCompany, usernameTaken } from './create-user.ts';
import { giveRoles, rolesNow } from './give-roles.ts';
import { LastAdministrator, PersonOutOfReach } from './problems.ts';
import { countHolders, lockRoles } from './role-repo.ts';
import { firstOutOfReach, giversOf, neverWithout } from './role-rules.ts';
import { deleteSessionsOf } from './session-repo.ts';
import { deleteSignInLinksOf } from './sign-in-link-repo.ts';
import type { User } from './user.ts';
import { findUser, lockUser, updateUser } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock };

export type UserChange = {
  readonly username?: string | undefined;
  readonly name?: string | undefined;
  readonly email?: string | null | undefined;
  readonly companyId?: CompanyId | null | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly active?: boolean | undefined;
};

/**
 * Changes a person. Deactivating ends every session, API token and sign-in link in the same transaction.
 * Throws NotFound, Forbidden, InvalidInput, UsernameTaken, RoleNotYoursToGive, PersonOutOfReach, LastAdministrator.
 */
export async function changeUser(deps: Deps, actor: UserActor, id: UserId, change: UserChange): Promise<User> {
  return transact(deps.db, async (tx) => {
    await lockRoles(tx);
    await lockUser(tx, id);
    const user = await findUser(tx, id);
    if (user === null) throw noSuchPerson();
    const changed = await applied(tx, user, change);
    const fields = changedFields(user, changed);
    const own = await rolesNow(tx, actor);
    if (fields.length > 0) requireReach(own, user, fields);
    const kept = await setsHeld(tx);

    if (fields.length > 0) await store(tx, deps.clock, actor, changed, fields);
    if (change.roles !== undefined) await giveRoles(tx, deps.clock, actor, user, change.roles);
    for (const roles of kept) if ((await countHolders(tx, roles)) === 0) throw new LastAdministrator(roles);
    return { ...changed, roles: change.roles === undefined ? user.roles : [...new Set(change.roles)] };
  }).catch(usernameTaken);
}

/** The sets of roles that somebody active holds now, and so must still hold afterwards. */
async function setsHeld(tx: Tx): Promise<(readonly Role[])[]> {
  const held: (readonly Role[])[] = [];
  for (const roles of neverWithout) if ((await countHolders(tx, roles)) > 0) held.push(roles);
  return held;
}

export const noSuchPerson = () =>
  new NotFound('There is no person with this id. Choose one from the list of contacts.');

type Field = 'username' | 'name' | 'email' | 'companyId' | 'active';
const changeable: readonly Field[] = ['username', 'name', 'email', 'companyId', 'active'];

async function applied(tx: Tx, user: User, change: UserChange): Promise<User> {
  const companyId = change.companyId === undefined ? user.companyId : change.companyId;
  const moved = companyId !== user.companyId;
  const company = moved && companyId !== null ? await activeCompany(tx, companyId) : null;
  return {
    ...user,
    username: change.username ?? user.username,
    name: change.name ?? user.name,
    email: change.email === undefined ? user.email : change.email,
    companyId,
    companyName: moved ? (company?.name ?? null) : user.companyName,
    active: change.active ?? user.active,
  };
}

const changedFields = (user: User, changed: User): Field[] =>
  changeable.filter((field) => changed[field] !== user[field]);

/** Links go to the address and sign-in starts from the username: who could change them could become that person. */
function requireReach(own: ReadonlySet<Role>, user: User, fields: readonly Field[]): void {
  if (!own.has('admin'))
    throw new Forbidden('Only somebody with the role admin changes more than roles. Nothing was saved. Ask one.', {
      extra: { missingRoles: ['admin'] },
    });
  const beyond = firstOutOfReach(own, user.roles);
  if (beyond !== undefined && fields.some((field) => field === 'username' || field === 'email'))
    throw new PersonOutOfReach(beyond, giversOf(beyond));
}

async function store(tx: Tx, clock: Clock, actor: UserActor, changed: User, fields: readonly Field[]): Promise<void> {
  await updateUser(tx, changed);
  if (fields.includes('email') || !changed.active) await deleteSignInLinksOf(tx, changed.id);
  const entry = { actor, subject: changed.id, clock };
  const plain = fields.filter((field) => field !== 'active');
  if (plain.length > 0)
    await recordAudit(tx, { ...entry, event: 'directory.person-changed', detail: { fields: plain } });
  if (!fields.includes('active')) return;
  if (!changed.active) {
    await deleteSessionsOf(tx, changed.id);
    await deleteApiTokensOf(tx, changed.id);
  }
  await recordAudit(tx, {
    ...entry,
    event: changed.active ? 'directory.person-activated' : 'directory.person-deactivated',
  });
}
