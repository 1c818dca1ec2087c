import { recordAudit } from '../audit/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { LiveSession } from './authenticate.ts';
import { countAttempt } from './count-attempt.ts';
import type { Passwords } from './password.ts';
import { CurrentPasswordWrong } from './problems.ts';
import { deleteSessionsOf } from './session-repo.ts';
import { deleteSignInLinksOf } from './sign-in-link-repo.ts';
import { startSession } from './start-session.ts';
import { byAccount } from './throttle.ts';
import { forgiveAttempts } from './throttle-repo.ts';
import { personActor } from './user-actor.ts';
import { lockUser, passwordHashOf, storePasswordHash } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly passwords: Passwords };

/**
 * Changes one's own password, ends every session of that person and starts one new session, whose token it gives.
 * Throws CurrentPasswordWrong, TooManyAttempts.
 */
export async function changePassword(
  deps: Deps,
  { user, session }: LiveSession,
  input: { currentPassword: string | undefined; newPassword: string },
): Promise<string> {
  const account = byAccount(user.username);
  await countAttempt(deps, [account]);
  const stored = await passwordHashOf(deps.db, user.id);
  const proved = await deps.passwords.verify(input.currentPassword ?? '', stored);
  const newHash = proved ? await deps.passwords.hash(input.newPassword) : null;
  const entry = { actor: personActor(user, session.authenticatedAt), subject: user.id, clock: deps.clock };

  const token = await transact(deps.db, async (tx) => {
    await lockUser(tx, user.id);
    if (newHash === null || (await passwordHashOf(tx, user.id)) !== stored) {
      await recordAudit(tx, { ...entry, event: 'directory.password-change-refused', outcome: 'refused' });
      return null;
    }
    await forgiveAttempts(tx, { one: [], all: [account.key] });
    await storePasswordHash(tx, user.id, newHash);
    await deleteSessionsOf(tx, user.id);
    await deleteSignInLinksOf(tx, user.id);
    await recordAudit(tx, { ...entry, event: 'directory.password-changed' });
    return startSession(tx, deps, { userId: user.id, method: 'pwd', replaces: null });
  });
  if (token === null) throw new CurrentPasswordWrong();
  return token;
}
