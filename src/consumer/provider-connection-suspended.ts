import { system } from '../kernel/index.ts';
import { type Connection, writeActivity } from '../link/index.ts';
import type { Tx } from '../platform/db/database.ts';
import { connectionProgressed } from './consumer-job-handlers.ts';
import type { ConsumerDeps } from './deps.ts';
import { providerConnectionId } from './provider-connection.ts';
import { findProviderConnection } from './provider-connection-repo.ts';

/** The connection of a record was suspended: the record says why, and an attempt that was still being proved ends. */
export async function providerConnectionSuspended(
  deps: Pick<ConsumerDeps, 'clock' | 'random' | 'changes' | 'jobs'>,
  tx: Tx,
  connection: Connection,
  words: string,
): Promise<void> {
  const id = connection.owner_id;
  const record = providerConnectionId.is(id) ? await findProviderConnection(tx, id) : undefined;
  if (record === undefined) return;
  await writeActivity(deps, tx, record.number, { kind: 'workNote', text: words, author: system('link') });
  if (connection.status === 'pending') await connectionProgressed(deps.jobs, tx, connection);
}
