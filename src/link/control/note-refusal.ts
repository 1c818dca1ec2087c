import { recordAudit } from '../../audit/index.ts';
import type { Clock, Random } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import { recordError } from '../../scan/index.ts';
import type { Connection } from '../connection-repo.ts';
import { connectionSource } from '../connection-source.ts';
import { SxRefusal } from '../wire.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random };

/**
 * Writes down that a proved peer sent what cannot be taken, although the transaction that refused it leaves nothing else. Two
 * batches of one number mean two instances with one set of keys, or one that was put back to an older state: that is
 * audited, too (T17).
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
    await recordError(deps, tx, {
      code: 'transport-inbound-refused',
      text: `${source.label}: message ${seq} was refused (${refusal.message}).`,
      side: connection.side,
      source,
      connection: source,
    });
    if (refusal.code !== 'sx_fork') return;
    await recordAudit(tx, {
      event: 'link.fork-refused',
      actor: { kind: 'peer', instanceId: connection.peer_instance_id },
      subject: connection.id,
      outcome: 'refused',
      detail: { lane: 0, seq },
      clock: deps.clock,
    });
  });
}
