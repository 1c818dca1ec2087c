import { type CompanyId, findCompany, grantRole } from '../../directory/index.ts';
import { type FieldError, InvalidInput, type UserActor, type UserId } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { type Db, isUniqueViolation, transact } from '../../platform/db/index.ts';
import { checkPeerUrl } from '../../platform/peer-fetch/index.ts';
import { requestScan } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { RegistrationDuplicate } from '../problems.ts';
import { providerEvent } from '../provider-events.ts';
import { CONSUMER_ROLE, checkContact } from './check-contact.ts';
import { registrationId } from './registration.ts';
import { registrationScanned } from './registration-jobs.ts';
import {
  findLiveRegistrations,
  insertRegistration,
  nextRegistrationNumber,
  type Registration,
} from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'mail' | 'peerRules' | 'origin'>;

type Input = {
  readonly companyId: CompanyId;
  readonly contactId: UserId;
  readonly url: string;
  readonly grantConsumerRole: boolean;
};

/** Stores a registration in Awaiting Validation and starts its scan in the background (REG-26, REG-31, REG-32). */
export async function saveRegistration(deps: Deps, actor: UserActor, input: Input): Promise<Registration> {
  const url = checkUrl(deps, input.url);
  try {
    return await transact(deps.db, async (tx) => {
      const { contact, errors } = await checkContact(tx, input, { mailOn: deps.mail.on });
      const company = await findCompany(tx, input.companyId);
      const refused = [
        ...(company?.active ? [] : [{ field: 'companyId', message: 'Pick a company that is on file.' }]),
        ...errors,
        ...url.errors,
      ];
      if (refused.length > 0)
        throw new InvalidInput('The registration was not saved. See the fields named.', { fields: refused });
      await refuseDuplicate(tx, url.origin, input.companyId);
      const now = deps.clock.now();
      const registration: Registration = {
        id: registrationId.create(deps.random),
        number: await nextRegistrationNumber(tx),
        company_id: input.companyId,
        contact_id: input.contactId,
        url: url.origin,
        state: 'awaiting-validation',
        instance_id: null,
        validation_since: now,
        link_generation: 0,
        connection_id: null,
        created_by: actor.id,
        created_at: now,
        updated_at: now,
      };
      await insertRegistration(tx, registration);
      await providerEvent(deps, tx, 'registration-saved', {
        actor,
        number: registration.number,
        detail: { company: input.companyId, contact: input.contactId, url: url.origin },
      });
      if (contact !== null) await grantConsumerRole(deps, tx, actor, registration, contact);
      await requestScan(deps, tx, {
        suite: 'pre-onboarding',
        side: 'provider',
        subject: subjectOf(registration),
        replyTo: registrationScanned,
        watch: true,
      });
      return registration;
    });
  } catch (error) {
    if (isUniqueViolation(error, 'registration_live_url')) await refuseDuplicate(deps.db, url.origin, input.companyId);
    throw error;
  }
}

function checkUrl(deps: Pick<Deps, 'peerRules' | 'origin'>, text: string): { origin: string; errors: FieldError[] } {
  const checked = checkPeerUrl(text, deps.peerRules);
  if (!checked.ok) return { origin: '', errors: [{ field: 'url', message: checked.error.message }] };
  const origin = checked.value.origin;
  if (origin !== deps.origin) return { origin, errors: [] };
  return { origin, errors: [{ field: 'url', message: 'This is the address of this instance. Enter the consumer’s.' }] };
}

/** REG-27: one live registration per company and address. */
async function refuseDuplicate(db: Db, origin: string, company: CompanyId): Promise<void> {
  const other = (await findLiveRegistrations(db, { url: origin })).find(({ company_id }) => company_id === company);
  if (other === undefined) return;
  throw new RegistrationDuplicate(
    `${other.number} already registers this company at ${origin}. Nothing was saved. Open ${other.number}, or cancel it first.`,
    { extra: { number: other.number }, fields: [{ field: 'url', message: `Registered already by ${other.number}.` }] },
  );
}

/**
 * OQ-05: granted for this registration only, and said in the work notes. A role that the contact holds already is noted as
 * needed here, too, so that it stays when another registration lets go of it.
 */
export async function grantConsumerRole(
  deps: Pick<Deps, 'clock' | 'random' | 'changes'>,
  tx: Parameters<typeof grantRole>[0],
  actor: UserActor,
  registration: Registration,
  contact: { id: UserId; username: string },
): Promise<void> {
  const given = await grantRole(tx, {
    userId: contact.id,
    role: CONSUMER_ROLE,
    actor,
    because: registration.number,
    clock: deps.clock,
  });
  if (!given) return;
  await writeActivity(deps, tx, registration.number, {
    kind: 'workNote',
    text: `Granted the role ${CONSUMER_ROLE} to ${contact.username} for this registration.`,
    author: actor,
  });
}
