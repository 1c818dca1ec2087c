import { recordAudit } from '../audit/index.ts';
import { type Clock, InvalidInput, type Random, type Role, type UserActor, userId } from '../kernel/index.ts';
import { type Db, isUniqueViolation, type Tx, transact } from '../platform/db/index.ts';
import type { CompanyId } from './company.ts';
import { findCompany } from './company-repo.ts';
import { giveRoles } from './give-roles.ts';
import { UsernameTaken } from './problems.ts';
import { lockRoles } from './role-repo.ts';
import type { User } from './user.ts';
import { insertUser } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random };

export type NewUser = {
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly companyId: CompanyId | null;
  readonly roles: readonly Role[];
};

/** A person without a password: a one-time link lets them in. Throws UsernameTaken, RoleNotYoursToGive, InvalidInput. */
export async function createUser(deps: Deps, actor: UserActor, input: NewUser): Promise<User> {
  return transact(deps.db, async (tx) => {
    await lockRoles(tx);
    const company = input.companyId === null ? null : await activeCompany(tx, input.companyId);
    const user: User = {
      id: userId.create(deps.random),
      ...input,
      companyName: company?.name ?? null,
      roles: [],
      active: true,
      lastSignInAt: null,
      createdAt: deps.clock.now(),
    };
    await insertUser(tx, user);
    await recordAudit(tx, { event: 'directory.person-created', actor, subject: user.id, clock: deps.clock });
    await giveRoles(tx, deps.clock, actor, user, input.roles);
    return { ...user, roles: [...new Set(input.roles)] };
  }).catch(usernameTaken);
}

/** Throws InvalidInput on the field companyId. */
export async function activeCompany(tx: Tx, id: CompanyId) {
  const company = await findCompany(tx, id);
  if (company === null) throw InvalidInput.field('companyId', 'There is no such company: put it on file first.');
  if (!company.active)
    throw InvalidInput.field('companyId', 'This company is inactive: choose another, or set it active.');
  return company;
}

export function usernameTaken(error: unknown): never {
  throw isUniqueViolation(error, 'user_username_key') ? new UsernameTaken() : error;
}
