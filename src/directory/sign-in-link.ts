import { type Clock, DAY_MS, later, type Random, randomToken, type UserId } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import { secretHash } from './secret-hash.ts';
import { insertSignInLink } from './sign-in-link-repo.ts';

/** A mail is read within a working day; longer and the link lies in a mailbox for somebody else to find. */
const SIGN_IN_LINK_MS = DAY_MS;
const LINK_TOKEN_BYTES = 32;

/**
 * Makes a one-time link for a person and stores only its hash. The token stands in the fragment, which a browser sends to
 * no server, so it reaches no access log and no referrer. Without a public URL the link is a path of this instance.
 */
export async function makeSignInLink(
  tx: Tx,
  deps: { readonly clock: Clock; readonly random: Random; readonly publicUrl: URL | null },
  userId: UserId,
): Promise<{ link: string; expiresAt: Date }> {
  const token = randomToken(deps.random, LINK_TOKEN_BYTES);
  const createdAt = deps.clock.now();
  const expiresAt = later(createdAt, SIGN_IN_LINK_MS);
  await insertSignInLink(tx, { tokenHash: secretHash(token), userId, createdAt, expiresAt });
  return { link: `${deps.publicUrl?.origin ?? ''}/welcome#t=${token}`, expiresAt };
}
