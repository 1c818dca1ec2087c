import { type Clock, type Random, randomToken, type UserId } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import { secretHash } from './secret-hash.ts';
import type { AuthenticationMethod } from './session.ts';
import { deleteSession, insertSession } from './session-repo.ts';
import { noteSignIn } from './user-repo.ts';

const SESSION_TOKEN_BYTES = 32;

/**
 * Starts a session of a person who has just proved who they are, and gives the token for their cookie. Always a new
 * token: one that the browser brought along, and that somebody else may have put there, is ended.
 */
export async function startSession(
  tx: Tx,
  deps: { readonly clock: Clock; readonly random: Random },
  person: { readonly userId: UserId; readonly method: AuthenticationMethod; readonly replaces: string | null },
): Promise<string> {
  const token = randomToken(deps.random, SESSION_TOKEN_BYTES);
  const now = deps.clock.now();
  if (person.replaces !== null) await deleteSession(tx, secretHash(person.replaces));
  await insertSession(tx, {
    tokenHash: secretHash(token),
    userId: person.userId,
    method: person.method,
    startedAt: now,
    authenticatedAt: now,
    lastSeenAt: now,
  });
  await noteSignIn(tx, person.userId, now);
  return token;
}
