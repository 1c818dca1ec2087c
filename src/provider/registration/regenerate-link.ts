import { nextState, type UserActor } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { RegistrationNotFound, RegistrationState } from '../problems.ts';
import { endInvitation } from './invitation-repo.ts';
import { type IssueLinkDeps, issueLink } from './issue-link.ts';
import { registrationMachine, registrationStates } from './registration.ts';
import { findRegistrationByNumber, lockRegistration } from './registration-repo.ts';

type Deps = Pick<ProviderDeps, 'db'> & IssueLinkDeps;

/** Makes the next generation of the link; the one before stops working at once and a running attempt ends. */
export async function regenerateLink(deps: Deps, actor: UserActor, number: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const found = await findRegistrationByNumber(tx, number);
    const registration = found && (await lockRegistration(tx, found.id));
    if (registration === undefined) throw new RegistrationNotFound(number);
    if (nextState(registrationMachine, registration.state, 'regenerate-link') === undefined) {
      throw new RegistrationState(
        `${number} is ${registrationStates[registration.state].label}: a new link can be made only while it is Open. Nothing was changed.`,
      );
    }
    await endAttempt(deps, tx, registration, actor, 'link_renewed');
    await endInvitation(tx, registration.id, 'superseded');
    await issueLink(deps, tx, registration, actor);
    await deps.changes.publish(tx, number);
  });
}
