import { type Clock, later, type Random, SECOND_MS } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import type { Jobs } from '../../platform/jobs/job.ts';
import { listActiveConnections } from '../connection-repo.ts';
import { deliverControl } from './control-jobs.ts';
import { sendSettings } from './two-way-proof.ts';

/** Every node of this instance knows of its new keys by then. */
const AFTER_MS = 2 * SECOND_MS;

/**
 * A key was compromised. Says something to every connected peer, with keys it does not know yet, so that it looks them up
 * now: our settings once more, which change nothing.
 */
export async function announceKeys(deps: { clock: Clock; random: Random; jobs: Jobs }, tx: Tx): Promise<void> {
  for (const connection of await listActiveConnections(tx)) {
    if (connection.peer_nonce === null) continue;
    await sendSettings(deps, tx, connection, connection.peer_nonce);
    const startAfter = later(deps.clock.now(), AFTER_MS);
    await deps.jobs.send(tx, deliverControl, { connectionId: connection.id }, { startAfter });
  }
}
