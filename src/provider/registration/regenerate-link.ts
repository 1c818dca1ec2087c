import { InvalidInput, nextState, type UserActor } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { RegistrationNotFound, RegistrationState } from '../problems.ts';
import { checkContact } from './check-contact.ts';
import { endInvitation } from './invitation-repo.ts';
import { type IssueLinkDeps, issueLink } from './issue-link.ts';
import { registrationMachine, registrationStates } from './registration.ts';
import { findRegistrationByNumber, lockRegistration } from './registration-repo.ts';

type Deps = Pick<ProviderDeps, 'db' | 'requireHealthyKeys'> & IssueLinkDeps;

/**
 * Makes the next generation of the link; the one before stops working at once and a running attempt ends. The contact and
 * the keys must be what they had to be for the first one.
 */
export async function regenerateLink(deps: Deps, actor: UserActor, number: string): Promise<void> {
  await deps.requireHealthyKeys();
  await transact(deps.db, async (tx) => {
    const found = await findRegistrationByNumber(tx, number);
    const registration = found && (await lockRegistration(tx, found.id));
    if (registration === undefined) throw new RegistrationNotFound(number);
    if (nextState(registrationMachine, registration.state, 'regenerate-link') === undefined) {
      throw new RegistrationState(
        `${number} is ${registrationStates[registration.state].label}: a new link can be made only while it is Open. Nothing was changed.`,
      );
    }
    const choice = { companyId: registration.company_id, contactId: registration.contact_id, grantConsumerRole: false };
    const { errors } = await checkContact(tx, choice, { mailOn: deps.mail.on });
    if (errors.length > 0) {
      const text = 'No link was made, and the one before is unchanged. Repair the contact, or replace it.';
      throw new InvalidInput(text, { fields: errors });
    }
    await endAttempt(deps, tx, registration, actor, 'link_renewed');
    await endInvitation(tx, registration.id, 'superseded');
    await issueLink(deps, tx, registration, actor);
    await deps.changes.publish(tx, number);
  });
}
