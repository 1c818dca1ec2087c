import { recordAudit } from '../../audit/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import { recordError } from '../../scan/index.ts';
import type { Connection } from '../connection-repo.ts';
import { connectionSource } from '../connection-source.ts';
import { type SuspendDeps, suspendForked } from '../suspend-connection.ts';
import { SxRefusal } from '../wire.ts';

type Deps = SuspendDeps & { readonly db: Db };

/**
 * Writes down that a proved peer sent what cannot be taken, although the transaction that refused it leaves nothing else. Two
 * batches of one number mean two instances with one set of keys, or one that was put back to an older state: that suspends
 * the connection (T17).
 */
export async function noteRefusal(
  deps: Deps,
  connection: Connection,
  seq: number,
  answer: () => Promise<string>,
): Promise<string> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof SxRefusal && (error.code === 'sx_fork' || error.code === 'sx_refused'))
      await note(deps, connection, seq, error);
    throw error;
  }
}

async function note(deps: Deps, connection: Connection, seq: number, refusal: SxRefusal): Promise<void> {
  const source = await connectionSource(deps.db, connection);
  await transact(deps.db, async (tx) => {
    if (refusal.code !== 'sx_fork') {
      const text = `${source.label}: message ${seq} was refused (${refusal.message}).`;
      const about = { side: connection.side, source, connection: source };
      await recordError(deps, tx, { code: 'transport-inbound-refused', text, ...about });
      return;
    }
    await recordAudit(tx, {
      event: 'link.fork-refused',
      actor: { kind: 'peer', instanceId: connection.peer_instance_id },
      subject: connection.id,
      outcome: 'refused',
      detail: { lane: 0, seq },
      clock: deps.clock,
    });
    await suspendForked(deps, tx, connection.id, { seq, at: 'here' });
  });
}
