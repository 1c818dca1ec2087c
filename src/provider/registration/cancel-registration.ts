import { takeBackRole } from '../../directory/index.ts';
import { nextState, type UserActor } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import { settleErrors, stopWatching } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { RegistrationNotFound, RegistrationState } from '../problems.ts';
import { providerEvent } from '../provider-events.ts';
import { CONSUMER_ROLE } from './check-contact.ts';
import { endInvitation } from './invitation-repo.ts';
import { registrationMachine, registrationStates } from './registration.ts';
import { findRegistrationByNumber, lockRegistration, moveRegistration } from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes'>;

/** Ends a registration: its link dies, everything provisional goes, the role it gave is taken back. */
export async function cancelRegistration(deps: Deps, actor: UserActor, number: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const found = await findRegistrationByNumber(tx, number);
    const registration = found && (await lockRegistration(tx, found.id));
    if (registration === undefined) throw new RegistrationNotFound(number);
    const to = nextState(registrationMachine, registration.state, 'cancel');
    if (to === undefined || !(await endAttempt(deps, tx, registration, actor, 'cancelled'))) {
      throw new RegistrationState(
        to === undefined
          ? `${number} is ${registrationStates[registration.state].label}; it cannot be cancelled. Nothing was changed.`
          : `${number} is already being connected; it cannot be cancelled any more. Off-board the connection instead. Nothing was changed.`,
      );
    }
    await endInvitation(tx, registration.id, 'superseded');
    await moveRegistration(tx, registration.id, registration.state, to, deps.clock.now());
    await stopWatching(tx, subjectOf(registration));
    await settleErrors(deps, tx, [registration.id, number]);
    await takeBackRole(tx, {
      userId: registration.contact_id,
      role: CONSUMER_ROLE,
      actor,
      because: registration.number,
      clock: deps.clock,
    });
    await providerEvent(deps, tx, 'registration-cancelled', {
      actor,
      number,
      detail: { from: registration.state, to },
    });
    await deps.changes.publish(tx, number);
  });
}
