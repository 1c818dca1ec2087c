import { takeBackRole } from '../../directory/index.ts';
import { InvalidInput, nextState, type UserActor, type UserId } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { requestScan } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { RegistrationNotFound, RegistrationState } from '../problems.ts';
import { providerEvent } from '../provider-events.ts';
import { CONSUMER_ROLE, checkContact } from './check-contact.ts';
import { endInvitation } from './invitation-repo.ts';
import { registrationMachine, registrationStates } from './registration.ts';
import { registrationScanned } from './registration-jobs.ts';
import {
  findRegistrationByNumber,
  lockRegistration,
  moveRegistration,
  type Registration,
  updateRegistration,
} from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';
import { grantConsumerRole } from './save-registration.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'mail'>;
type Input = { readonly contactId: UserId; readonly grantConsumerRole: boolean };

/**
 * Replaces the contact before the connection is committed: old link and attempt die, the checks run again (REG-29). With the
 * contact that is named already, only the role is granted, where that is asked for (REG-08).
 */
export async function changeContact(deps: Deps, actor: UserActor, number: string, input: Input): Promise<void> {
  await transact(deps.db, async (tx) => {
    const found = await findRegistrationByNumber(tx, number);
    const registration = found && (await lockRegistration(tx, found.id));
    if (registration === undefined) throw new RegistrationNotFound(number);
    const same = registration.contact_id === input.contactId;
    if (same && !input.grantConsumerRole) return;
    const to = nextState(registrationMachine, registration.state, 'contact-replaced');
    if (to === undefined) throw tooLate(registration);
    const choice = { ...input, companyId: registration.company_id };
    const { contact, errors } = await checkContact(tx, choice, { mailOn: deps.mail.on });
    if (contact === null || errors.length > 0) {
      throw new InvalidInput('The contact was not changed. See the field named.', { fields: errors });
    }
    if (same) return grantConsumerRole(deps, tx, actor, registration, contact);
    if (!(await endAttempt(deps, tx, registration, actor, 'contact_replaced'))) throw tooLate(registration);
    await endInvitation(tx, registration.id, 'superseded');
    await takeBackRole(tx, {
      userId: registration.contact_id,
      role: CONSUMER_ROLE,
      actor,
      because: number,
      clock: deps.clock,
    });
    await grantConsumerRole(deps, tx, actor, registration, contact);
    const now = deps.clock.now();
    await moveRegistration(tx, registration.id, registration.state, to, now);
    await updateRegistration(tx, registration.id, { contact_id: contact.id, validation_since: now }, now);
    await providerEvent(deps, tx, 'contact-replaced', {
      actor,
      number,
      detail: { from: registration.contact_id, to: contact.id },
    });
    await writeActivity(deps, tx, number, {
      kind: 'workNote',
      text: `The contact is now ${contact.name} (${contact.username}). The link made before is no longer valid; the checks run again.`,
      author: actor,
    });
    await requestScan(deps, tx, {
      suite: 'pre-onboarding',
      side: 'provider',
      subject: subjectOf(registration),
      replyTo: registrationScanned,
      watch: true,
    });
  });
}

const tooLate = ({ number, state }: Pick<Registration, 'number' | 'state'>): RegistrationState =>
  new RegistrationState(
    `${number} is ${registrationStates[state].label}: its contact cannot be replaced any more. Nothing was changed.`,
  );
