import { nextState, system } from '../kernel/index.ts';
import { writeActivity } from '../link/index.ts';
import { transact } from '../platform/db/index.ts';
import { findRun, openIssues, type ScanVerdict } from '../scan/index.ts';
import { consumerEvent } from './consumer-events.ts';
import type { ConsumerDeps } from './deps.ts';
import { type ProviderConnectionId, providerConnectionMachine } from './provider-connection.ts';
import { lockProviderConnection, moveProviderConnection } from './provider-connection-repo.ts';
import { subjectOf } from './request-validation.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'changes'>;

/** Moves a record by the verdict of its scan: Validated or Validation Failed (CON-06, CON-07). */
export async function applyScan(deps: Deps, verdict: ScanVerdict): Promise<void> {
  await transact(deps.db, async (tx) => {
    const record = await lockProviderConnection(tx, verdict.subjectId as ProviderConnectionId);
    const run = await findRun(tx, verdict.runId);
    if (record === undefined || run === undefined || run.requestedAt < record.validation_since) return;
    const to = nextState(
      providerConnectionMachine,
      record.state,
      verdict.outcome === 'passed' ? 'scan-passed' : 'scan-failed',
    );
    if (to === undefined || to === record.state) return;
    await moveProviderConnection(tx, record.id, record.state, to, deps.clock.now());
    const actor = system('validation');
    const failed = to === 'validated' ? 0 : (await openIssues(tx, subjectOf(record))).length;
    await consumerEvent(deps, tx, to === 'validated' ? 'validated' : 'validation-failed', {
      actor,
      number: record.number,
      detail: { failed },
    });
    await writeActivity(deps, tx, record.number, {
      kind: 'workNote',
      text:
        to === 'validated'
          ? 'All pre-onboarding checks passed. Connect to Provider is available.'
          : `Validation failed: ${failed} pre-onboarding ${failed === 1 ? 'issue is' : 'issues are'} open. Resolve them in the Health Dashboard; this record then turns Validated by itself.`,
      author: actor,
    });
  });
}
