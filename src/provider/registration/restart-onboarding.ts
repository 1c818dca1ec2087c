import { system } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { endInvitation } from './invitation-repo.ts';
import { type IssueLinkDeps, issueLink } from './issue-link.ts';
import { listOpenRegistrations, lockRegistration, moveRegistration } from './registration-repo.ts';

type Deps = Pick<ProviderDeps, 'db' | 'refreshManifest'> & IssueLinkDeps;

const SELF = system('onboarding');

/**
 * After a key was reported as compromised: links and attempts that rest on it end, and every registration that was open gets
 * a new link. What is committed stays.
 */
export async function restartAllOnboarding(deps: Deps): Promise<void> {
  // This job can be faster than the news of the new key: a link must not be signed with the old one once more.
  await deps.refreshManifest();
  for (const { id } of await listOpenRegistrations(deps.db)) {
    await transact(deps.db, async (tx) => {
      const registration = await lockRegistration(tx, id);
      if (registration === undefined || !['open', 'work-in-progress'].includes(registration.state)) return;
      if (!(await endAttempt(deps, tx, registration, SELF, 'key_compromised'))) return;
      if (registration.state === 'work-in-progress')
        await moveRegistration(tx, id, 'work-in-progress', 'open', deps.clock.now());
      await endInvitation(tx, id, 'superseded');
      await issueLink(deps, tx, { ...registration, state: 'open' }, SELF);
      await deps.changes.publish(tx, registration.number);
    });
  }
}
