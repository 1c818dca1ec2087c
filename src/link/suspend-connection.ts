import { recordAudit } from '../audit/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import type { Tx } from '../platform/db/database.ts';
import { recordError } from '../scan/index.ts';
import type { ConnectionId } from './connection.ts';
import { type Connection, lockConnection, suspend } from './connection-repo.ts';
import { connectionSource } from './connection-source.ts';

export type SuspendDeps = {
  readonly clock: Clock;
  readonly random: Random;
  /** Tells the owner of the connection in words, in the same transaction. */
  readonly onSuspended: (tx: Tx, connection: Connection, words: string) => Promise<void>;
};

const found = {
  here: (seq: number) => `The other instance sent a message ${seq} that differs from the one it had sent before.`,
  there: (seq: number) => `The other instance has another message ${seq} from us than the one we sent.`,
};

/**
 * Suspends a connection whose lane has forked (T17): two instances use one set of keys, or one was put back to an older state,
 * and nobody can tell from here which of them is the right one. Nothing is sent or taken any more. `at`: who noticed.
 */
export async function suspendForked(
  deps: SuspendDeps,
  tx: Tx,
  id: ConnectionId,
  { seq, at }: { seq: number; at: keyof typeof found },
): Promise<void> {
  const connection = await lockConnection(tx, id);
  if (connection === undefined || !(await suspend(tx, id, 'fork'))) return;
  const source = await connectionSource(tx, connection);
  const words = `${source.label} was suspended: nothing is sent or accepted. ${found[at](seq)} Two instances with the same keys are running, or one was put back to an older state. Find out with the other side which one, and stop it.`;
  await recordError(deps, tx, { code: 'lane-forked', text: words, side: connection.side, source, connection: source });
  await recordAudit(tx, {
    event: 'link.connection-suspended',
    actor: { kind: 'peer', instanceId: connection.peer_instance_id },
    subject: id,
    detail: { reason: 'fork', lane: 0, seq, noticed: at },
    clock: deps.clock,
  });
  await deps.onSuspended(tx, connection, words);
}
