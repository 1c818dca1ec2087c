import { handler, type JobHandler } from '../platform/jobs/job.ts';
import { type ErrorReport, recordFailures } from '../scan/index.ts';
import type { ProviderDeps } from './deps.ts';
import { endExpiredAttempts } from './onboarding/expire-attempts.ts';
import { expireAttempts, pushCommit, restartOnboarding } from './onboarding/onboarding-jobs.ts';
import { CommitNotTaken, sendCommit } from './onboarding/push-commit.ts';
import { applyScan } from './registration/apply-scan.ts';
import type { IssueLinkDeps } from './registration/issue-link.ts';
import type { RegistrationId } from './registration/registration.ts';
import { registrationScanned } from './registration/registration-jobs.ts';
import { findRegistration } from './registration/registration-repo.ts';
import { subjectOf } from './registration/registration-subject.ts';
import { restartAllOnboarding } from './registration/restart-onboarding.ts';

export const providerJobHandlers = (deps: ProviderDeps & IssueLinkDeps): JobHandler[] => [
  handler(registrationScanned, (verdict) => applyScan(deps, verdict)),
  handler(pushCommit, ({ registrationId, attempt }, context) =>
    recordFailures(
      deps,
      context,
      (error) => commitNotTaken(deps, registrationId, error),
      () => sendCommit(deps, registrationId, attempt),
    ),
  ),
  handler(expireAttempts, () => endExpiredAttempts(deps)),
  handler(restartOnboarding, () => restartAllOnboarding(deps)),
];

async function commitNotTaken(
  { db }: Pick<ProviderDeps, 'db'>,
  id: RegistrationId,
  error: unknown,
): Promise<ErrorReport | undefined> {
  const registration = await findRegistration(db, id);
  if (registration === undefined) return undefined;
  const { number, url } = registration;
  const about = { side: 'provider', source: subjectOf(registration) } as const;
  if (error instanceof CommitNotTaken)
    return { ...about, code: 'registration-commit-not-taken', text: `${number}: ${url}: ${error.message}.` };
  const kind = error instanceof Error ? error.name : 'no error object';
  return { ...about, code: 'unknown', text: `${number}: the commit could not be sent (${kind}).` };
}
