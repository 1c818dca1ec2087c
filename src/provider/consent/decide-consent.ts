import { type Actor, DAY_MS, later, nextState, type UserId } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { recordError } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { attemptMachine } from '../onboarding/attempt.ts';
import { findAttempt, moveAttempt, recordRefusal } from '../onboarding/attempt-repo.ts';
import { endAttempt } from '../onboarding/end-attempt.ts';
import { type Refusal, refusals } from '../onboarding/refusals.ts';
import { providerEvent } from '../provider-events.ts';
import { lockRegistration, moveRegistration } from '../registration/registration-repo.ts';
import { subjectOf } from '../registration/registration-subject.ts';
import type { ConsentFacts } from './consent-facts.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes'>;
type About = Pick<ConsentFacts, 'registration' | 'attempt'>;
type Decider = Extract<Actor, { kind: 'user' }>;

/** Keys must be confirmed within a day of the consent. */
const AUTHORISED_MS = DAY_MS;

/**
 * Records the contact's consent before any code exists: Work in Progress. Allowing again by the same person is the same
 * consent. False when the attempt has moved on meanwhile.
 */
export async function allowAttempt(deps: Deps, about: About, by: Decider, asContact: boolean): Promise<boolean> {
  return transact(deps.db, async (tx) => {
    const registration = await lockRegistration(tx, about.registration.id);
    const attempt = await findAttempt(tx, about.registration.id, about.attempt.number);
    if (registration === undefined || attempt === undefined) return false;
    if (attempt.step === 'authorised') return attempt.consented_by === by.id;
    const to = nextState(attemptMachine, attempt.step, 'allow');
    if (to === undefined || registration.state !== 'open') return false;
    const now = deps.clock.now();
    const reached = { authorised_at: now, consented_by: by.id as UserId, expires_at: later(now, AUTHORISED_MS) };
    await moveAttempt(tx, attempt, attempt.step, to, reached);
    await moveRegistration(tx, registration.id, 'open', 'work-in-progress', now);
    await providerEvent(deps, tx, 'consent-given', {
      actor: by,
      number: registration.number,
      detail: { attempt: attempt.number, asContact },
    });
    await writeActivity(deps, tx, registration.number, {
      kind: 'workNote',
      text: asContact
        ? `${by.username} allowed the connection (attempt ${attempt.number}).`
        : `${by.username} allowed the connection as a provider administrator, not as the contact: this instance is configured to accept that (attempt ${attempt.number}).`,
      author: by,
    });
    return true;
  });
}

/** Somebody who may not consent was at the page: written down at once, whatever they do next; the attempt goes on (REG-62). */
export async function recordRefused(deps: Deps, about: About, by: Decider, refusal: Refusal): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await lockRegistration(tx, about.registration.id);
    const attempt = await findAttempt(tx, about.registration.id, about.attempt.number);
    if (registration === undefined || attempt?.step !== 'claimed') return;
    const visit = `${by.id} ${refusal}`;
    if (attempt.refused_visits.includes(visit)) return;
    await recordRefusal(tx, attempt, { code: refusal, visit, at: deps.clock.now() });
    await providerEvent(deps, tx, 'consent-refused', {
      actor: by,
      number: registration.number,
      outcome: 'refused',
      detail: { attempt: attempt.number, reason: refusal },
    });
    await writeActivity(deps, tx, registration.number, {
      kind: 'workNote',
      text: `${by.username} opened the consent page. ${refusals[refusal]}`,
      author: by,
    });
    await recordError(deps, tx, {
      code: 'registration-contact-mismatch',
      text: `${registration.number}: ${by.username} was at the consent page, and is not the contact.`,
      side: 'provider',
      source: subjectOf(registration),
    });
  });
}

/** The attempt ends without a consent; the link stays valid for another one (REG-64). */
export async function refuseAttempt(
  deps: Deps,
  about: About,
  by: Decider,
  reason: 'declined' | Refusal,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await lockRegistration(tx, about.registration.id);
    const attempt = await findAttempt(tx, about.registration.id, about.attempt.number);
    if (registration === undefined || attempt?.step !== 'claimed') return;
    await endAttempt(deps, tx, registration, by, reason);
    await deps.changes.publish(tx, registration.number);
  });
}
