import type { Db } from '../platform/db/database.ts';
import type { Connection } from './connection-repo.ts';
import { findPeer } from './peer/peer-repo.ts';

/** A connection as findings and errors name it: by whom it leads to. */
export async function connectionSource(db: Db, connection: Pick<Connection, 'id' | 'peer_instance_id'>) {
  const peer = await findPeer(db, connection.peer_instance_id);
  return {
    kind: 'connection',
    id: connection.id,
    label: `Connection to ${peer?.origin ?? connection.peer_instance_id}`,
  } as const;
}
