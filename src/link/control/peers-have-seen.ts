import { type Clock, later, MINUTE_MS, type Random, SECOND_MS } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { Jobs } from '../../platform/jobs/job.ts';
import type { ConnectionId } from '../connection.ts';
import { lockConnection } from '../connection-repo.ts';
import { deliverControl } from './control-jobs.ts';
import { listControlMessages } from './control-repo.ts';
import { claimAsking, listManifestsSeen } from './manifest-seen-repo.ts';
import { sendSettings } from './two-way-proof.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly jobs: Jobs };

/** A peer that has been asked may have met an old copy of the manifest on the way, such as a proxy keeps. */
const ASK_AGAIN_MS = MINUTE_MS;
/** Every node of this instance shows its new manifest by then. */
const AFTER_MS = 2 * SECOND_MS;

/**
 * Whether the peer of every active connection holds our manifest `seq` or a later one, by its own receipts; null: there is
 * none who could say. Those who do not are sent a message that changes nothing, our settings once more: batches name the
 * newest manifest, so the peer looks it up, and its receipt says which one it holds.
 */
export async function peersHaveSeen(deps: Deps, seq: number): Promise<boolean | null> {
  const known = await listManifestsSeen(deps.db);
  if (known.length === 0) return null;
  const behind = known.filter((connection) => (connection.seq ?? 0) < seq);
  for (const { id } of behind) await ask(deps, id, seq);
  return behind.length === 0;
}

async function ask(deps: Deps, id: ConnectionId, seq: number): Promise<void> {
  await transact(deps.db, async (tx) => {
    const connection = await lockConnection(tx, id);
    if (connection?.status !== 'active' || connection.peer_nonce === null) return;
    // A peer that is away has a message waiting already, and is asked again once it has taken that.
    if ((await listControlMessages(tx, id)).some(({ receipt }) => receipt === null)) return;
    const now = deps.clock.now();
    if (!(await claimAsking(tx, id, { seq, now, before: later(now, -ASK_AGAIN_MS) }))) return;
    await sendSettings(deps, tx, connection, connection.peer_nonce);
    await deps.jobs.send(tx, deliverControl, { connectionId: id }, { startAfter: later(now, AFTER_MS) });
  });
}
