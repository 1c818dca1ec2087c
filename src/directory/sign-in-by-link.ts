import { recordAudit } from '../audit/index.ts';
import { type Clock, InvalidInput, type Random } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { countAttempt } from './count-attempt.ts';
import type { Passwords } from './password.ts';
import { SignInLinkSpent } from './problems.ts';
import { secretHash } from './secret-hash.ts';
import { deleteSessionsOf } from './session-repo.ts';
import { deleteSignInLinksOf, findSignInLink, spendSignInLink } from './sign-in-link-repo.ts';
import type { SignedIn } from './sign-in-with-password.ts';
import { startSession } from './start-session.ts';
import { byAccount, byAddress } from './throttle.ts';
import { forgiveAttempts } from './throttle-repo.ts';
import { personActor } from './user-actor.ts';
import { findUser, lockUser, passwordHashOf, storePasswordHash } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly passwords: Passwords };

/**
 * Spends a one-time link. A new password ends the person's other sessions, and their other links in any case.
 * Throws SignInLinkSpent, TooManyAttempts; InvalidInput on `password`, with the link unspent, where one has to be set.
 */
export async function signInByLink(
  deps: Deps,
  asked: { token: string; password: string | undefined; address: string; replaces: string | null },
): Promise<SignedIn> {
  const address = byAddress(asked.address);
  await countAttempt(deps, [address]);
  const { clock } = deps;
  const tokenHash = secretHash(asked.token);
  const link = await findSignInLink(deps.db, tokenHash);
  if (link === null || link.expiresAt <= clock.now()) throw new SignInLinkSpent();
  if (asked.password === undefined && (await passwordHashOf(deps.db, link.userId)) === null) {
    await transact(deps.db, (tx) => forgiveAttempts(tx, { one: [address.key], all: [] }));
    throw InvalidInput.field('password', 'Choose a password: you do not have one yet.');
  }
  const newHash = asked.password === undefined ? null : await deps.passwords.hash(asked.password);

  return transact(deps.db, async (tx) => {
    await lockUser(tx, link.userId);
    const user = await findUser(tx, link.userId);
    if (!(await spendSignInLink(tx, tokenHash)) || user === null || !user.active) throw new SignInLinkSpent();
    await deleteSignInLinksOf(tx, user.id);
    if (newHash !== null) {
      await storePasswordHash(tx, user.id, newHash);
      await deleteSessionsOf(tx, user.id);
    }
    await forgiveAttempts(tx, { one: [address.key], all: [byAccount(user.username).key] });
    const token = await startSession(tx, deps, { userId: user.id, method: 'otp', replaces: asked.replaces });
    await recordAudit(tx, {
      event: 'directory.signed-in',
      actor: personActor(user, clock.now()),
      subject: user.id,
      detail: { method: 'otp', address: asked.address, passwordSet: newHash !== null },
      clock,
    });
    return { user, token };
  });
}
