import { type Selectable, sql } from 'kysely';
import type { Role, Sort, UserId } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../platform/db/index.ts';
import type { ApiToken, ApiTokenId } from './api-token.ts';
import './tables.ts';

const domain = (row: Selectable<Database['directory.api_token']>): ApiToken & { readonly userId: UserId } => ({
  id: row.id,
  userId: row.user_id,
  name: row.name,
  roles: row.roles === '' ? [] : (row.roles.split(' ') as Role[]),
  readOnly: row.read_only,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});

export async function findApiToken(db: Db, tokenHash: string): Promise<(ApiToken & { userId: UserId }) | null> {
  const row = await db
    .selectFrom('directory.api_token')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  return row === undefined ? null : domain(row);
}

const columns = {
  name: 'name',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
  lastUsedAt: sql`coalesce(last_used_at, '-infinity'::timestamptz)`,
} as const;

/** The few of one person, so all at once. */
export async function apiTokensOf(
  db: Db,
  userId: UserId,
  sort: Sort<keyof typeof columns> = '-createdAt',
): Promise<ApiToken[]> {
  const by = columns[sort.replace(/^-/, '') as keyof typeof columns];
  const rows = await db
    .selectFrom('directory.api_token')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy(by, sort.startsWith('-') ? 'desc' : 'asc')
    .orderBy('id')
    .execute();
  return rows.map(domain);
}

export async function insertApiToken(
  tx: Tx,
  token: ApiToken & { readonly userId: UserId; readonly tokenHash: string },
): Promise<void> {
  await tx
    .insertInto('directory.api_token')
    .values({
      id: token.id,
      token_hash: token.tokenHash,
      user_id: token.userId,
      name: token.name,
      roles: token.roles.join(' '),
      read_only: token.readOnly,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      last_used_at: null,
    })
    .execute();
}

export async function touchApiToken(tx: Tx, id: ApiTokenId, now: Date): Promise<void> {
  await tx.updateTable('directory.api_token').set({ last_used_at: now }).where('id', '=', id).execute();
}

/** False when this person has no such token. */
export async function deleteApiTokenOf(tx: Tx, userId: UserId, id: ApiTokenId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('directory.api_token')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

export async function deleteApiTokensOf(tx: Tx, userId: UserId): Promise<void> {
  await tx.deleteFrom('directory.api_token').where('user_id', '=', userId).execute();
}

export async function deleteApiTokensExpiredBefore(tx: Tx, instant: Date): Promise<void> {
  await tx.deleteFrom('directory.api_token').where('expires_at', '<', instant).execute();
}
