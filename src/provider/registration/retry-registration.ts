import { deliverControl } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { requestScan } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { currentAttempt } from '../onboarding/attempt-repo.ts';
import { pushCommit } from '../onboarding/onboarding-jobs.ts';
import { RegistrationNotFound } from '../problems.ts';
import { registrationScanned } from './registration-jobs.ts';
import { findRegistrationByNumber } from './registration-repo.ts';
import { subjectOf } from './registration-subject.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes'>;

/** Repeats at once what a timer would repeat: the scan, our own test, the commit. A new attempt is the consumer's to start. */
export async function retryRegistration(deps: Deps, number: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await findRegistrationByNumber(tx, number);
    if (registration === undefined) throw new RegistrationNotFound(number);
    if (registration.state === 'awaiting-validation' || registration.state === 'validation-failed') {
      await requestScan(deps, tx, {
        suite: 'pre-onboarding',
        side: 'provider',
        subject: subjectOf(registration),
        replyTo: registrationScanned,
        watch: true,
      });
      return;
    }
    const attempt = await currentAttempt(tx, registration.id);
    if (attempt?.step === 'keyed' && attempt.connection_id !== null) {
      await deps.jobs.send(tx, deliverControl, { connectionId: attempt.connection_id });
    }
    if (attempt?.step === 'committed') {
      await deps.jobs.send(tx, pushCommit, { registrationId: registration.id, attempt: attempt.number });
    }
  });
}
