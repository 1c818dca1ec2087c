import { sql } from 'kysely';
import type { Page, PageQuery, Role, Sort, UserId } from '../kernel/index.ts';
import { type Db, type Orders, sortedPage, type Tx, textKey } from '../platform/db/index.ts';
import type { CompanyId } from './company.ts';
import { foldCase } from './plain-line.ts';
import { containing } from './search-pattern.ts';
import type { User } from './user.ts';
import './tables.ts';

/** Everything about people but the password hash, which only one query reads. */
const people = (db: Db) =>
  db
    .selectFrom('directory.user as person')
    .leftJoin('directory.company as company', 'company.id', 'person.company_id')
    .select([
      'person.id',
      'person.username',
      'person.name',
      'person.email',
      'person.company_id',
      'person.active',
      'person.last_sign_in_at',
      'person.created_at',
      'company.name as company_name',
      sql<string>`(select coalesce(string_agg(distinct held.role, ' '), '')
        from directory.role_grant held where held.user_id = person.id)`.as('roles'),
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof people>['executeTakeFirstOrThrow']>>;

const domain = (row: Row): User => ({
  id: row.id,
  username: row.username,
  name: row.name,
  email: row.email,
  companyId: row.company_id,
  companyName: row.company_name,
  roles: row.roles === '' ? [] : (row.roles.split(' ') as Role[]),
  active: row.active,
  lastSignInAt: row.last_sign_in_at,
  createdAt: row.created_at,
});

export async function findUser(db: Db, id: UserId): Promise<User | null> {
  const row = await people(db).where('person.id', '=', id).executeTakeFirst();
  return row === undefined ? null : domain(row);
}

/** Those of these people who are on file. */
export async function findUsers(db: Db, ids: readonly UserId[]): Promise<User[]> {
  if (ids.length === 0) return [];
  const rows = await people(db).where('person.id', 'in', ids).execute();
  return rows.map(domain);
}

export async function findUserByUsername(db: Db, username: string): Promise<User | null> {
  const row = await people(db).where('person.username_key', '=', foldCase(username)).executeTakeFirst();
  return row === undefined ? null : domain(row);
}

/** Several people may share one address, such as that of a service desk. */
export async function activeUsersByEmail(db: Db, email: string, limit: number): Promise<User[]> {
  const rows = await people(db)
    .where('person.email_key', '=', foldCase(email))
    .where('person.active', '=', true)
    .orderBy('person.id')
    .limit(limit)
    .execute();
  return rows.map(domain);
}

export type UsersAsked = PageQuery & {
  readonly companyId: CompanyId | undefined;
  readonly role: Role | undefined;
  readonly active: boolean | undefined;
  readonly sort: Sort<keyof typeof orders>;
};

/** Those without an address, and those who never signed in, stand at one end. */
const orders = {
  name: [textKey('person.name_key'), textKey('person.id')],
  username: [textKey('person.username_key')],
  email: [{ by: sql`coalesce(person.email_key, '')`, type: 'text' }, textKey('person.id')],
  lastSignInAt: [
    { by: sql`coalesce(person.last_sign_in_at, '-infinity'::timestamptz)`, type: 'timestamptz' },
    textKey('person.id'),
  ],
} as const satisfies Orders<string>;

export async function usersPage(db: Db, asked: UsersAsked): Promise<Page<User>> {
  let matching = people(db);
  if (asked.companyId !== undefined) matching = matching.where('person.company_id', '=', asked.companyId);
  if (asked.active !== undefined) matching = matching.where('person.active', '=', asked.active);
  if (asked.role !== undefined) matching = matching.where('person.id', 'in', holdersOf(db, asked.role));
  if (asked.search !== undefined) {
    const pattern = containing(asked.search);
    matching = matching.where((eb) =>
      eb.or([
        eb('person.name_key', 'like', pattern),
        eb('person.username_key', 'like', pattern),
        eb('person.email_key', 'like', pattern),
      ]),
    );
  }
  const page = await sortedPage(matching, orders, asked);
  return { ...page, items: page.items.map(domain) };
}

const holdersOf = (db: Db, role: Role) =>
  db.selectFrom('directory.role_grant').select('user_id').where('role', '=', role);

export async function anyUserExists(db: Db): Promise<boolean> {
  const row = await db.selectFrom('directory.user').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

const columns = (user: User) => ({
  username: user.username,
  username_key: foldCase(user.username),
  name: user.name,
  name_key: foldCase(user.name),
  email: user.email,
  email_key: user.email === null ? null : foldCase(user.email),
  company_id: user.companyId,
  active: user.active,
});

/** Throws a unique violation of `user_username_key` when the username is taken. Roles are granted apart. */
export async function insertUser(tx: Tx, user: User): Promise<void> {
  await tx
    .insertInto('directory.user')
    .values({
      id: user.id,
      ...columns(user),
      password_hash: null,
      last_sign_in_at: null,
      created_at: user.createdAt,
    })
    .execute();
}

/** Throws a unique violation of `user_username_key` when the username is taken. Roles are granted apart. */
export async function updateUser(tx: Tx, user: User): Promise<void> {
  await tx.updateTable('directory.user').set(columns(user)).where('id', '=', user.id).execute();
}

/** Keeps a row still while the transaction decides about it. */
export async function lockUser(tx: Tx, id: UserId): Promise<void> {
  await tx.selectFrom('directory.user').select('id').where('id', '=', id).forUpdate().execute();
}

export async function noteSignIn(tx: Tx, id: UserId, now: Date): Promise<void> {
  await tx.updateTable('directory.user').set({ last_sign_in_at: now }).where('id', '=', id).execute();
}

export async function passwordHashOf(db: Db, id: UserId): Promise<string | null> {
  const row = await db.selectFrom('directory.user').select('password_hash').where('id', '=', id).executeTakeFirst();
  return row?.password_hash ?? null;
}

export async function storePasswordHash(tx: Tx, id: UserId, hash: string): Promise<void> {
  await tx.updateTable('directory.user').set({ password_hash: hash }).where('id', '=', id).execute();
}
