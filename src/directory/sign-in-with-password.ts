import { recordAudit } from '../audit/index.ts';
import { type Clock, err, ok, type Random, type Result, system } from '../kernel/index.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import { countAttempt } from './count-attempt.ts';
import type { Passwords } from './password.ts';
import { startSession } from './start-session.ts';
import { byAccount, byAddress } from './throttle.ts';
import { forgiveAttempts } from './throttle-repo.ts';
import type { User } from './user.ts';
import { personActor } from './user-actor.ts';
import { findUser, findUserByUsername, lockUser, passwordHashOf, storePasswordHash } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly passwords: Passwords };

export type SignedIn = { readonly user: User; readonly token: string };

/**
 * Signs in with username and password. One refusal, after the same work, for an unknown username, a wrong password, a
 * person without a password and an inactive one. `replaces`: the session cookie the browser brought along.
 * Throws TooManyAttempts while the account or the address must wait.
 */
export async function signInWithPassword(
  deps: Deps,
  asked: { username: string; password: string; address: string; replaces: string | null },
): Promise<Result<SignedIn, 'refused'>> {
  const account = byAccount(asked.username);
  const address = byAddress(asked.address);
  await countAttempt(deps, [address, account]);

  const { passwords } = deps;
  const known = await findUserByUsername(deps.db, asked.username.trim());
  const stored = known === null ? null : await passwordHashOf(deps.db, known.id);
  const proved = await passwords.verify(asked.password, stored);
  const renewed =
    proved && stored !== null && passwords.isOutdated(stored) ? await passwords.hash(asked.password) : null;

  return transact(deps.db, async (tx) => {
    const user = known === null || !proved ? null : await stillValid(tx, known, stored);
    if (user === null) {
      await recordAudit(tx, {
        event: 'directory.sign-in-refused',
        actor: system('sign-in'),
        subject: known?.id ?? 'unknown',
        detail: { address: asked.address },
        outcome: 'refused',
        clock: deps.clock,
      });
      return err('refused');
    }
    await forgiveAttempts(tx, { one: [address.key], all: [account.key] });
    if (renewed !== null) await storePasswordHash(tx, user.id, renewed);
    const token = await startSession(tx, deps, { userId: user.id, method: 'pwd', replaces: asked.replaces });
    await recordAudit(tx, {
      event: 'directory.signed-in',
      actor: personActor(user, deps.clock.now()),
      subject: user.id,
      detail: { method: 'pwd', address: asked.address },
      clock: deps.clock,
    });
    return ok({ user, token });
  });
}

/** Hashing takes its time: meanwhile the person may have been deactivated, or have changed the password. */
async function stillValid(tx: Tx, known: User, stored: string | null): Promise<User | null> {
  await lockUser(tx, known.id);
  const user = await findUser(tx, known.id);
  return user?.active === true && (await passwordHashOf(tx, known.id)) === stored ? user : null;
}
