import { deliverControl } from '../link/index.ts';
import { transact } from '../platform/db/index.ts';
import { currentAttempt } from './connect/attempt-repo.ts';
import { advanceAttempt, redeemingKey } from './consumer-jobs.ts';
import type { ConsumerDeps } from './deps.ts';
import { ProviderConnectionNotFound } from './problems.ts';
import { findProviderConnectionByNumber } from './provider-connection-repo.ts';
import { requestValidation } from './request-validation.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes'>;

/** Repeats at once what a timer would repeat: the scan, the running attempt, the test of the connection. */
export async function retryProviderConnection(deps: Deps, number: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const record = await findProviderConnectionByNumber(tx, number);
    if (record === undefined) throw new ProviderConnectionNotFound(number);
    if (record.state === 'awaiting-validation' || record.state === 'validation-failed') {
      await requestValidation(deps, tx, record);
    }
    if (record.state !== 'connecting') return;
    const attempt = await currentAttempt(tx, record.id);
    if (attempt === undefined) return;
    if (attempt.connection_id !== null)
      await deps.jobs.send(tx, deliverControl, { connectionId: attempt.connection_id });
    const payload = { id: record.id, number: attempt.number };
    const once = { singletonKey: redeemingKey(record.id, attempt.number), waitingOnly: true };
    await deps.jobs.send(tx, advanceAttempt, payload, attempt.step === 'redeeming' ? once : {});
  });
}
