import type { ConsentDetail } from '../../access/index.ts';
import { type Company, type Contact, findCompany, findContact } from '../../directory/index.ts';
import { err, ok, type Result, type UserId } from '../../kernel/index.ts';
import { safetyNumberWith } from '../../link/index.ts';
import type { Db } from '../../platform/db/database.ts';
import type { ProviderDeps } from '../deps.ts';
import { type Attempt, findAttempt } from '../onboarding/attempt-repo.ts';
import type { Refusal } from '../onboarding/refusals.ts';
import { registrationDigest } from '../onboarding/registration-digest.ts';
import { findProvider } from '../provider-repo.ts';
import { CONSUMER_ROLE } from '../registration/check-contact.ts';
import { registrationId } from '../registration/registration.ts';
import { findRegistration, type Registration } from '../registration/registration-repo.ts';

export type ConsentFacts = {
  readonly registration: Registration;
  readonly attempt: Attempt;
  readonly contact: Contact;
  readonly company: Company;
  readonly provider: string;
  readonly safetyNumber: string;
};

/**
 * What a pushed authorization request is about, when it is exactly the running attempt of that client: every member of the
 * detail is compared, so a consent can be given to nothing else.
 */
export async function consentFacts(
  deps: Pick<ProviderDeps, 'ownFingerprint'>,
  db: Db,
  clientId: string,
  detail: ConsentDetail,
): Promise<Result<ConsentFacts, string>> {
  const id = detail.registration;
  const registration = registrationId.is(id) ? await findRegistration(db, id) : undefined;
  const attempt = registration && (await findAttempt(db, registration.id, detail.attempt));
  if (registration === undefined || attempt === undefined) return err('unknown registration or attempt');
  const fits =
    attempt.client_id === clientId &&
    attempt.consumer_instance_id === detail.consumer &&
    registration.url === detail.origin &&
    attempt.th2 === detail.th2 &&
    attempt.reg_digest === detail.reg_digest &&
    registrationDigest(registration) === detail.reg_digest;
  if (!fits) return err('the request does not fit the running attempt');
  if (attempt.step !== 'claimed' && attempt.step !== 'authorised') return err('the attempt has ended');
  const contact = await findContact(db, registration.contact_id);
  const company = await findCompany(db, registration.company_id);
  const provider = await findProvider(db);
  const number = await safetyNumberWith(db, deps.ownFingerprint, registration.instance_id);
  if (contact === null || company === null || provider === undefined || number === null)
    return err('incomplete registration');
  return ok({ registration, attempt, contact, company, provider: provider.name, safetyNumber: number });
}

type Consenting = Pick<ConsentFacts, 'contact' | 'company'>;

/** A person at the consent page, as far as the decision needs to know. */
export type Person = { readonly id: UserId; readonly roles: ReadonlySet<string> };

/**
 * Why this person may not consent, or null. The named contact may and nobody else, by id, never by address (T3); with the
 * explicit setting a provider administrator, too (OQ-03). What was true at Save is asked again, because people move.
 */
export function refusalOf(facts: Consenting, person: Person, adminMayConsent: boolean): Refusal | null {
  const { contact, company } = facts;
  const mayDecide = person.id === contact.id || (adminMayConsent && person.roles.has('admin'));
  if (!mayDecide) return 'contact_mismatch';
  const entitled = contact.active && contact.roles.includes(CONSUMER_ROLE);
  return entitled && company.active && contact.companyId === company.id ? null : 'not_entitled';
}

/**
 * Whether who consented could still do so: between the page and the proof they may have been deactivated, moved, or lost the
 * role, and their consent ends with that.
 */
export async function consentHolds(
  deps: Pick<ProviderDeps, 'adminMayConsent'>,
  db: Db,
  registration: Registration,
  attempt: Attempt,
): Promise<boolean> {
  const contact = await findContact(db, registration.contact_id);
  const company = await findCompany(db, registration.company_id);
  const person = attempt.consented_by && (await findContact(db, attempt.consented_by));
  if (contact === null || company === null || !person || !person.active) return false;
  return (
    refusalOf({ contact, company }, { id: person.id, roles: new Set(person.roles) }, deps.adminMayConsent) === null
  );
}
