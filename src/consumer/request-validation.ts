import type { Tx } from '../platform/db/database.ts';
import { requestScan, type Subject } from '../scan/index.ts';
import { providerConnectionScanned } from './consumer-jobs.ts';
import type { ConsumerDeps } from './deps.ts';
import { type ProviderConnection, updateProviderConnection } from './provider-connection-repo.ts';

/** A provider connection as the scan engine names it. */
export const subjectOf = (record: Pick<ProviderConnection, 'id' | 'number'>): Subject => ({
  kind: 'provider-connection',
  id: record.id,
  label: record.number,
});

/** Starts the pre-onboarding suite of this side; verdicts of scans asked for earlier no longer count. */
export async function requestValidation(
  deps: Pick<ConsumerDeps, 'clock' | 'random' | 'jobs' | 'changes'>,
  tx: Tx,
  record: Pick<ProviderConnection, 'id' | 'number'>,
): Promise<void> {
  const now = deps.clock.now();
  await updateProviderConnection(tx, record.id, { validation_since: now }, now);
  await requestScan(deps, tx, {
    suite: 'pre-onboarding',
    side: 'consumer',
    subject: subjectOf(record),
    replyTo: providerConnectionScanned,
    watch: true,
  });
}
