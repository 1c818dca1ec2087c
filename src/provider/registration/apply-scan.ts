import { nextState, system } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { findRun, openIssues, type ScanVerdict } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { type IssueLinkDeps, issueLink } from './issue-link.ts';
import { type RegistrationId, registrationMachine } from './registration.ts';
import { lockRegistration, moveRegistration } from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';

type Deps = Pick<ProviderDeps, 'db'> & IssueLinkDeps;

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
