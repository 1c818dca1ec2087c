import { type Clock, type Random, uuidV7 } from '../../kernel/index.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import type { Jobs } from '../../platform/jobs/job.ts';
import { type ControlMessage, PROTOCOL_VERSION } from '../../protocol/index.ts';
import type { Connection } from '../connection-repo.ts';
import { recordLearned, takeOutboundSeq } from '../connection-repo.ts';
import { deliverControl } from './control-jobs.ts';
import { insertControlMessage, listControlMessages } from './control-repo.ts';

/**
 * The proof that both directions work before anybody says "connected": each side sends a test with a nonce, then its settings
 * with the other's nonce in them. Settings therefore can only be written by who has received the test, and accepting them is
 * what lets the connection finish (REG-73, REG-74). Source: docs/protocol/handshake.md.
 */
type Deps = { clock: Clock; random: Random; jobs: Jobs };

export async function sendTest(deps: Deps, tx: Tx, connection: Connection, startAfter?: Date): Promise<void> {
  await enqueue(deps, tx, connection, 'connect.test', { nonce: connection.own_nonce });
  await deps.jobs.send(tx, deliverControl, { connectionId: connection.id }, startAfter ? { startAfter } : {});
}

/** What this side does with a message of the other one, inside the transaction that accepts it. */
export async function applyProof(deps: Deps, tx: Tx, connection: Connection, message: ControlMessage): Promise<void> {
  if (message.type === 'connect.test') {
    if (connection.peer_nonce !== null) return;
    await recordLearned(tx, connection.id, { peer_nonce: message.body.nonce });
    await sendSettings(deps, tx, connection, message.body.nonce);
    await deps.jobs.send(tx, deliverControl, { connectionId: connection.id });
    return;
  }
  if (message.body.echo !== connection.own_nonce) return;
  await recordLearned(tx, connection.id, { settings_theirs: message.body.settings });
}

/** `echo`: the peer's nonce, which only who has received its test can name. */
export const sendSettings = (deps: Deps, tx: Tx, connection: Connection, echo: string): Promise<void> =>
  enqueue(deps, tx, connection, 'connect.settings', {
    versions: [PROTOCOL_VERSION],
    limits: {},
    settings: connection.settings_ours,
    echo,
  });

export type Proof = {
  /** The peer has accepted our test and our settings, and signed for both. */
  readonly outbound: boolean;
  /** We have accepted the peer's test and its settings with our nonce in them. */
  readonly inbound: boolean;
  /** The peer's receipts, in order, as compact JWS. */
  readonly receipts: readonly string[];
};

const OWN_MESSAGES = 2;

export async function proofOf(db: Db, connection: Connection): Promise<Proof> {
  const messages = await listControlMessages(db, connection.id);
  const receipts = messages.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
  return {
    outbound: receipts.length >= OWN_MESSAGES,
    inbound: connection.peer_nonce !== null && connection.settings_theirs !== null,
    receipts: receipts.slice(0, OWN_MESSAGES),
  };
}

async function enqueue(
  deps: Deps,
  tx: Tx,
  connection: Connection,
  ty: string,
  b: Record<string, unknown>,
): Promise<void> {
  const now = deps.clock.now();
  const n = await takeOutboundSeq(tx, connection.id);
  await insertControlMessage(tx, connection.id, { id: uuidV7(deps.random, now), ty, n, ts: now.toISOString(), b }, now);
}
