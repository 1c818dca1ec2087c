import type { SealContext, Sealer } from '../keys/index.ts';
import type { Tx } from '../platform/db/database.ts';
import type { Schedule } from '../protocol/index.ts';
import type { ConnectionId } from './connection.ts';
import { insertTrafficSecrets } from './connection-repo.ts';

/** The epoch whose keys the handshake itself makes. */
export const FIRST_EPOCH = 1;

/** Bound into the seal, so that a secret moved to another connection's row does not open. */
export const trafficContext = (connection: ConnectionId, epoch: number, label: string): SealContext => ({
  connection,
  epoch: String(epoch),
  label,
});

export async function storeTrafficSecrets(
  tx: Tx,
  sealer: Sealer,
  connection: ConnectionId,
  schedule: Schedule,
): Promise<void> {
  const seal = (label: string, secret: Uint8Array) =>
    sealer.seal(trafficContext(connection, FIRST_EPOCH, label), secret);
  await insertTrafficSecrets(tx, connection, FIRST_EPOCH, {
    c2p: await seal('c2p', schedule.consumerToProvider),
    p2c: await seal('p2c', schedule.providerToConsumer),
    ratchet: await seal('ratchet', schedule.ratchet),
  });
}
