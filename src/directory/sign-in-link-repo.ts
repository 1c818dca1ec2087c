import type { UserId } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import './tables.ts';

export type SignInLinkRow = { readonly tokenHash: string; readonly userId: UserId; readonly expiresAt: Date };

export async function insertSignInLink(tx: Tx, link: SignInLinkRow & { readonly createdAt: Date }): Promise<void> {
  await tx
    .insertInto('directory.sign_in_link')
    .values({
      token_hash: link.tokenHash,
      user_id: link.userId,
      created_at: link.createdAt,
      expires_at: link.expiresAt,
    })
    .execute();
}

export async function findSignInLink(db: Db, tokenHash: string): Promise<SignInLinkRow | null> {
  const row = await db
    .selectFrom('directory.sign_in_link')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  return row === undefined ? null : { tokenHash, userId: row.user_id, expiresAt: row.expires_at };
}

/** False when another request has spent it. */
export async function spendSignInLink(tx: Tx, tokenHash: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('directory.sign_in_link')
    .where('token_hash', '=', tokenHash)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}

export async function deleteSignInLinksOf(tx: Tx, userId: UserId): Promise<void> {
  await tx.deleteFrom('directory.sign_in_link').where('user_id', '=', userId).execute();
}

export async function deleteSignInLinksExpired(tx: Tx, now: Date): Promise<void> {
  await tx.deleteFrom('directory.sign_in_link').where('expires_at', '<=', now).execute();
}
