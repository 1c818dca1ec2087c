import { type Clock, HOUR_MS, later } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Signer } from '../protocol/index.ts';
import { lastChained } from './entry-repo.ts';
import { signHeadClaim } from './head.ts';
import { insertHead, lastHead } from './head-repo.ts';

/** Rows at the end of the chain can be cut off unnoticed until the next head is signed, so this is that window. */
const HEAD_EVERY_MS = HOUR_MS;

/** Signs the end of the chain when an hour has passed since the last head and rows have come. Returns whether it did. */
export async function signHeadIfDue(deps: { db: Db; clock: Clock; signer: Signer }): Promise<boolean> {
  const { db, clock, signer } = deps;
  const now = clock.now();
  const previous = await lastHead(db);
  if (previous !== undefined && later(previous.signed_at, HEAD_EVERY_MS) > now) return false;
  const end = await lastChained(db);
  if (end === undefined || end.position === previous?.position) return false;
  const { position, hash } = end;
  const statement = await signHeadClaim(signer, { position, hash, signedAt: now.toISOString() });
  await transact(db, (tx) => insertHead(tx, { position, hash, signed_at: now, statement }));
  return true;
}
