import { nextState, system } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { type Tx, transact } from '../../platform/db/index.ts';
import { findRun, openIssues, requestScan, type ScanVerdict } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { type IssueLinkDeps, issueLink } from './issue-link.ts';
import { type RegistrationId, registrationMachine } from './registration.ts';
import { registrationScanned } from './registration-jobs.ts';
import { findRival, lockInstance, lockRegistration, moveRegistration, type Registration } from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';

type Deps = Pick<ProviderDeps, 'db' | 'jobs'> & IssueLinkDeps;

/**
 * Moves a registration by the verdict of its scan: Open, with its link, or Validation Failed, without one (REG-34, REG-35,
 * REG-54). A verdict that comes twice, or late, finds the state moved on and does nothing.
 */
export async function applyScan(deps: Deps, verdict: ScanVerdict): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await lockRegistration(tx, verdict.subjectId as RegistrationId);
    const run = await findRun(tx, verdict.runId);
    if (registration === undefined || run === undefined || run.requestedAt < registration.validation_since) return;
    const { state } = registration;
    const to = nextState(registrationMachine, state, verdict.outcome === 'passed' ? 'scan-passed' : 'scan-failed');
    if (to === undefined) return;
    if (to === 'open' && (await hasRival(tx, registration))) return scanAgain(deps, tx, registration);
    const now = deps.clock.now();
    await moveRegistration(tx, registration.id, state, to, now);
    const actor = system('validation');
    if (to === 'open') {
      await providerEvent(deps, tx, 'registration-opened', { actor, number: registration.number });
      await issueLink(deps, tx, registration, actor);
    } else if (state !== to) {
      const failed = (await openIssues(tx, subjectOf(registration))).length;
      await providerEvent(deps, tx, 'registration-validation-failed', {
        actor,
        number: registration.number,
        detail: { failed },
      });
      await writeActivity(deps, tx, registration.number, {
        kind: 'workNote',
        text: `Validation failed: ${failed} pre-onboarding ${failed === 1 ? 'issue is' : 'issues are'} open. No link exists. Resolve them in the Health Dashboard; this registration then opens by itself.`,
        author: actor,
      });
    }
    await deps.changes.publish(tx, registration.number);
  });
}

/** Two scans of one consumer's instance may have passed side by side, each before the other had opened its registration. */
async function hasRival(tx: Tx, registration: Registration): Promise<boolean> {
  if (registration.instance_id === null) return false;
  await lockInstance(tx, registration.instance_id);
  return (await findRival(tx, registration)) !== undefined;
}

/** The checks find the rival now, and say so. */
async function scanAgain(deps: Deps, tx: Tx, registration: Registration): Promise<void> {
  await requestScan(deps, tx, {
    suite: 'pre-onboarding',
    side: 'provider',
    subject: subjectOf(registration),
    replyTo: registrationScanned,
    watch: true,
  });
}
