import type { UserId } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import { type AuthenticationMethod, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from './session.ts';
import './tables.ts';

export type SessionRow = {
  readonly tokenHash: string;
  readonly userId: UserId;
  readonly method: AuthenticationMethod;
  readonly startedAt: Date;
  readonly authenticatedAt: Date;
  readonly lastSeenAt: Date;
};

export async function findSession(db: Db, tokenHash: string): Promise<SessionRow | null> {
  const row = await db
    .selectFrom('directory.session')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    tokenHash,
    userId: row.user_id,
    method: row.method,
    startedAt: row.started_at,
    authenticatedAt: row.authenticated_at,
    lastSeenAt: row.last_seen_at,
  };
}

export async function insertSession(tx: Tx, session: SessionRow): Promise<void> {
  await tx
    .insertInto('directory.session')
    .values({
      token_hash: session.tokenHash,
      user_id: session.userId,
      method: session.method,
      started_at: session.startedAt,
      authenticated_at: session.authenticatedAt,
      last_seen_at: session.lastSeenAt,
    })
    .execute();
}

export async function touchSession(tx: Tx, tokenHash: string, now: Date): Promise<void> {
  await tx.updateTable('directory.session').set({ last_seen_at: now }).where('token_hash', '=', tokenHash).execute();
}

export async function deleteSession(tx: Tx, tokenHash: string): Promise<void> {
  await tx.deleteFrom('directory.session').where('token_hash', '=', tokenHash).execute();
}

export async function deleteSessionsOf(tx: Tx, userId: UserId): Promise<void> {
  await tx.deleteFrom('directory.session').where('user_id', '=', userId).execute();
}

export async function deleteSessionsOver(tx: Tx, now: Date): Promise<void> {
  await tx
    .deleteFrom('directory.session')
    .where((eb) =>
      eb.or([
        eb('last_seen_at', '<=', new Date(now.getTime() - SESSION_IDLE_MS)),
        eb('started_at', '<=', new Date(now.getTime() - SESSION_ABSOLUTE_MS)),
      ]),
    )
    .execute();
}
