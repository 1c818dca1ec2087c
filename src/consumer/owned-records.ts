import type { Connection } from '../link/index.ts';
import type { Db } from '../platform/db/database.ts';
import { currentAttempt } from './connect/attempt-repo.ts';
import { providerConnectionId } from './provider-connection.ts';
import { findProviderConnection } from './provider-connection-repo.ts';

/** Whether the provider connection that a connection was made for still stands for it. */
export async function connectionIsLive(db: Db, { owner_id, id }: Connection): Promise<boolean> {
  const record = providerConnectionId.is(owner_id) ? await findProviderConnection(db, owner_id) : undefined;
  const attempt = record && (await currentAttempt(db, record.id));
  return record?.connection_id === id || attempt?.connection_id === id;
}
