import { recordAudit } from '../audit/index.ts';
import { type Clock, type Random, system, userId } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { countAttempt } from './count-attempt.ts';
import type { Passwords } from './password.ts';
import { SetUpCodeWrong, SetUpDone } from './problems.ts';
import { insertGrant, lockRoles } from './role-repo.ts';
import { firstAdministratorRoles } from './role-rules.ts';
import { sameSecret } from './secret-hash.ts';
import { setUpCodeHash } from './set-up-code.ts';
import { deleteSetUpCode, setUpCodeHashStored } from './set-up-code-repo.ts';
import type { SignedIn } from './sign-in-with-password.ts';
import { startSession } from './start-session.ts';
import { byAddress, bySetUp } from './throttle.ts';
import type { User } from './user.ts';
import { anyUserExists, insertUser, storePasswordHash } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly passwords: Passwords };

export type FirstAdministrator = {
  readonly code: string;
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly name: string;
};

/** Creates the first administrator and signs in. Throws SetUpDone, SetUpCodeWrong, TooManyAttempts. */
export async function setUp(deps: Deps, input: FirstAdministrator, address: string): Promise<SignedIn> {
  if (await anyUserExists(deps.db)) throw new SetUpDone();
  await countAttempt(deps, [byAddress(address), bySetUp]);
  const typed = setUpCodeHash(input.code);
  const stored = await setUpCodeHashStored(deps.db);
  if (stored === null || !sameSecret(typed, stored)) {
    // The right code is gone once somebody else has used it.
    if (await anyUserExists(deps.db)) throw new SetUpDone();
    await transact(deps.db, (tx) =>
      recordAudit(tx, {
        event: 'directory.set-up-refused',
        actor: system('set-up'),
        subject: 'set-up',
        detail: { address },
        outcome: 'refused',
        clock: deps.clock,
      }),
    );
    throw new SetUpCodeWrong();
  }
  const passwordHash = await deps.passwords.hash(input.password);
  return transact(deps.db, async (tx) => {
    await lockRoles(tx);
    if (await anyUserExists(tx)) throw new SetUpDone();
    // The code may have been renewed by a start meanwhile.
    if ((await setUpCodeHashStored(tx)) !== stored) throw new SetUpCodeWrong();
    const user = firstAdministrator(deps, input);
    await insertUser(tx, user);
    await storePasswordHash(tx, user.id, passwordHash);
    for (const role of user.roles)
      await insertGrant(tx, { userId: user.id, role, because: 'set-up', at: user.createdAt });
    await deleteSetUpCode(tx);
    await recordAudit(tx, {
      event: 'directory.set-up',
      actor: system('set-up'),
      subject: user.id,
      detail: { roles: user.roles, address },
      clock: deps.clock,
    });
    const token = await startSession(tx, deps, { userId: user.id, method: 'pwd', replaces: null });
    return { user, token };
  });
}

const firstAdministrator = (deps: Pick<Deps, 'clock' | 'random'>, input: FirstAdministrator): User => ({
  id: userId.create(deps.random),
  username: input.username,
  name: input.name,
  email: input.email,
  companyId: null,
  companyName: null,
  roles: firstAdministratorRoles,
  active: true,
  lastSignInAt: deps.clock.now(),
  createdAt: deps.clock.now(),
});
