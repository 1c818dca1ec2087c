import { system } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { lockRegistration, moveRegistration } from '../registration/registration-repo.ts';
import { currentAttempt, expiredAttempts } from './attempt-repo.ts';
import { endAttempt } from './end-attempt.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes'>;

/** Ends every attempt whose time is over, so that no registration hangs in Work in Progress (REG-77, REG-87). */
export async function endExpiredAttempts(deps: Deps): Promise<void> {
  for (const expired of await expiredAttempts(deps.db, deps.clock.now())) {
    await transact(deps.db, async (tx) => {
      const registration = await lockRegistration(tx, expired.registration_id);
      const attempt = await currentAttempt(tx, expired.registration_id);
      const due = attempt?.number === expired.number && attempt.expires_at < deps.clock.now();
      if (registration === undefined || !due) return;
      if (!(await endAttempt(deps, tx, registration, system('onboarding'), 'expired'))) return;
      if (registration.state === 'work-in-progress') {
        await moveRegistration(tx, registration.id, 'work-in-progress', 'open', deps.clock.now());
      }
    });
  }
}
