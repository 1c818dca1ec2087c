import { sql } from 'kysely';
import type { Role, UserId } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import './tables.ts';

/**
 * One at a time: whoever changes roles or activity reads first who else is left, and two such changes side by side could
 * each see the other's administrator.
 */
export async function lockRoles(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('directory.roles', 0))`.execute(tx);
}

export async function rolesOf(db: Db, userId: UserId): Promise<Set<Role>> {
  const rows = await db
    .selectFrom('directory.role_grant')
    .select('role')
    .distinct()
    .where('user_id', '=', userId)
    .execute();
  return new Set(rows.map((row) => row.role));
}

/** False for a person who was deactivated: what they hold gives them nothing. */
export async function holdsRole(db: Db, userId: UserId, role: Role): Promise<boolean> {
  const row = await db
    .selectFrom('directory.role_grant as held')
    .innerJoin('directory.user as person', 'person.id', 'held.user_id')
    .select('held.role')
    .where('held.user_id', '=', userId)
    .where('held.role', '=', role)
    .where('person.active', '=', true)
    .executeTakeFirst();
  return row !== undefined;
}

/** Active people who hold a role. */
export async function holdersOf(db: Db, role: Role): Promise<UserId[]> {
  const rows = await db
    .selectFrom('directory.role_grant as held')
    .innerJoin('directory.user as person', 'person.id', 'held.user_id')
    .select('held.user_id')
    .distinct()
    .where('held.role', '=', role)
    .where('person.active', '=', true)
    .orderBy('held.user_id')
    .execute();
  return rows.map(({ user_id }) => user_id);
}

/** How many active people hold all of `roles`. */
export async function countHolders(db: Db, roles: readonly Role[]): Promise<number> {
  const holders = db
    .selectFrom('directory.role_grant as held')
    .innerJoin('directory.user as person', 'person.id', 'held.user_id')
    .select('held.user_id')
    .where('held.role', 'in', roles)
    .where('person.active', '=', true)
    .groupBy('held.user_id')
    .having((eb) => eb.fn.count('held.role').distinct(), '=', roles.length);
  const { count } = await db
    .selectFrom(holders.as('holder'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertGrant(
  tx: Tx,
  grant: { readonly userId: UserId; readonly role: Role; readonly because: string; readonly at: Date },
): Promise<void> {
  await tx
    .insertInto('directory.role_grant')
    .values({ user_id: grant.userId, role: grant.role, because: grant.because, granted_at: grant.at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** With `because`, removes that one reason; without, every reason and with them the role. */
export async function deleteGrants(tx: Tx, grant: { userId: UserId; role: Role; because?: string }): Promise<void> {
  let doomed = tx.deleteFrom('directory.role_grant').where('user_id', '=', grant.userId).where('role', '=', grant.role);
  if (grant.because !== undefined) doomed = doomed.where('because', '=', grant.because);
  await doomed.execute();
}
