import type { Connection } from '../link/index.ts';
import type { Tx } from '../platform/db/database.ts';
import { handler, type JobHandler, type Jobs } from '../platform/jobs/job.ts';
import { type ErrorReport, recordFailures } from '../scan/index.ts';
import { applyScan } from './apply-scan.ts';
import { advance, TryLater } from './connect/advance-attempt.ts';
import { endAllAttempts } from './connect/restart-connecting.ts';
import { lookAfterAttempt, reportAbort } from './connect/watch-attempt.ts';
import {
  advanceAttempt,
  providerConnectionScanned,
  restartConnecting,
  sendAbort,
  watchAttempt,
} from './consumer-jobs.ts';
import type { ConsumerDeps } from './deps.ts';
import { type ProviderConnectionId, providerConnectionId } from './provider-connection.ts';
import { findProviderConnection } from './provider-connection-repo.ts';
import { subjectOf } from './request-validation.ts';

export const consumerJobHandlers = (deps: ConsumerDeps): JobHandler[] => [
  handler(providerConnectionScanned, (verdict) => applyScan(deps, verdict)),
  handler(advanceAttempt, ({ id, number }, context) =>
    recordFailures(
      deps,
      context,
      (error) => notAdvanced(deps, id, error),
      () => advance(deps, id, number),
    ),
  ),
  handler(watchAttempt, ({ id, number }) => lookAfterAttempt(deps, id, number)),
  handler(restartConnecting, () => endAllAttempts(deps)),
  handler(sendAbort, ({ id, number }) => reportAbort(deps, id, number)),
];

async function notAdvanced(
  { db }: Pick<ConsumerDeps, 'db'>,
  id: ProviderConnectionId,
  error: unknown,
): Promise<ErrorReport | undefined> {
  const record = await findProviderConnection(db, id);
  if (record === undefined) return undefined;
  const about = { side: 'consumer', source: subjectOf(record) } as const;
  if (error instanceof TryLater)
    return { ...about, code: 'connect-provider-not-ready', text: `${record.number}: ${error.message}.` };
  const kind = error instanceof Error ? error.name : 'no error object';
  return { ...about, code: 'unknown', text: `${record.number}: the attempt could not go on (${kind}).` };
}

/** The proof of a connection has moved on: the attempt looks whether that was the last of it. */
export async function connectionProgressed(jobs: Jobs, tx: Tx, connection: Connection): Promise<void> {
  if (!providerConnectionId.is(connection.owner_id)) return;
  await jobs.send(tx, advanceAttempt, { id: connection.owner_id, number: connection.attempt });
}
