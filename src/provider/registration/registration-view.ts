import { type Company, type Contact, findCompanies, findContacts } from '../../directory/index.ts';
import type { OutputOf } from '../../kernel/index.ts';
import { type ConnectionId, safetyComparisonWith, safetyNumberWith } from '../../link/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { validationOf } from '../../scan/index.ts';
import { consumerConnectionOf } from '../consumer-connection-repo.ts';
import type { listRegistrations, RegistrationView } from '../contract.ts';
import type { ProviderDeps } from '../deps.ts';
import { type Attempt, currentAttempt } from '../onboarding/attempt-repo.ts';
import { type AbortReason, abortReasons } from '../onboarding/end-attempt.ts';
import { refusals } from '../onboarding/refusals.ts';
import { findInvitation, type Invitation } from './invitation-repo.ts';
import type { Registration } from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';
import { isUsable } from './render-link.ts';

type Deps = Pick<ProviderDeps, 'clock' | 'ownFingerprint'>;
type Summary = OutputOf<typeof listRegistrations>['items'][number];

/** The lines of registrations in a list. However many there are, their companies and contacts are read at once. */
export async function summarise(db: Db, registrations: readonly Registration[]): Promise<Summary[]> {
  const companies = await findCompanies(db, [...new Set(registrations.map((each) => each.company_id))]);
  const contacts = await findContacts(db, [...new Set(registrations.map((each) => each.contact_id))]);
  return registrations.map((each) => lineOf(each, companies.get(each.company_id), contacts.get(each.contact_id)));
}

const lineOf = (registration: Registration, company: Company | undefined, contact: Contact | undefined): Summary => ({
  number: registration.number,
  state: registration.state,
  company: { id: registration.company_id, name: company?.name ?? '(deleted)' },
  contact: {
    id: registration.contact_id,
    username: contact?.username ?? '(deleted)',
    name: contact?.name ?? '(deleted)',
    email: contact?.email ?? null,
  },
  url: registration.url,
  createdAt: registration.created_at.toISOString(),
  updatedAt: registration.updated_at.toISOString(),
});

/** Everything a registration's page shows, except its activity. */
export async function describe(deps: Deps, db: Db, registration: Registration): Promise<RegistrationView> {
  const attempt = await currentAttempt(db, registration.id);
  const invitation = await findInvitation(db, registration.id, registration.link_generation);
  const connection = registration.connection_id as ConnectionId | null;
  return {
    ...((await summarise(db, [registration]))[0] as Summary),
    instanceId: registration.instance_id,
    validation: await validationOf(db, 'pre-onboarding', subjectOf(registration)),
    link: describeLink(invitation, deps.clock.now()),
    attempt: attempt === undefined ? null : describeAttempt(attempt),
    safetyNumber: await safetyNumberWith(db, deps.ownFingerprint, registration.instance_id),
    safetyComparison: await safetyComparisonWith(db, deps.ownFingerprint, registration.instance_id),
    connection: connection === null ? null : ((await consumerConnectionOf(db, registration.id))?.number ?? null),
  };
}

function describeLink(invitation: Invitation | undefined, now: Date): RegistrationView['link'] {
  if (invitation === undefined || invitation.state === 'superseded')
    return { state: 'none', generation: invitation?.generation ?? 0, expiresAt: null };
  const state = invitation.state !== 'live' ? invitation.state : isUsable(invitation, now) ? 'live' : 'expired';
  return { state, generation: invitation.generation, expiresAt: invitation.expires_at.toISOString() };
}

const REACHED = ['claimed', 'authorised', 'keyed', 'committed', 'connected', 'aborted'] as const;

function describeAttempt(attempt: Attempt): NonNullable<RegistrationView['attempt']> {
  return {
    number: attempt.number,
    step: attempt.step,
    reached: REACHED.flatMap((step) => {
      const at = attempt[`${step}_at`];
      return at === null ? [] : [{ step, at: at.toISOString() }];
    }),
    refusal:
      attempt.refusal_code === null || attempt.refusal_at === null
        ? null
        : {
            code: attempt.refusal_code,
            message: refusals[attempt.refusal_code as keyof typeof refusals] ?? attempt.refusal_code,
            at: attempt.refusal_at.toISOString(),
          },
    reason: attempt.reason === null ? null : (abortReasons[attempt.reason as AbortReason] ?? attempt.reason),
  };
}
