import type { OAuthClient } from '../../access/index.ts';
import type { Sealer } from '../../keys/index.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import {
  type InstanceId,
  limits,
  type Message,
  parseSxError,
  revokedKids,
  type Signer,
  sealEnvelope,
} from '../../protocol/index.ts';
import { settleErrors } from '../../scan/index.ts';
import { type ConnectionId, outgoing } from '../connection.ts';
import { type Connection, findConnection, findTrafficSecret, lockConnection } from '../connection-repo.ts';
import { openFromPeer } from '../peer/pinned-peer.ts';
import { type SuspendDeps, suspendForked } from '../suspend-connection.ts';
import { FIRST_EPOCH, trafficContext } from '../traffic-secret.ts';
import { type ControlRow, keepReceipt, keepSealed, listControlMessages } from './control-repo.ts';
import { noteManifestSeen } from './manifest-seen-repo.ts';

export type DeliverDeps = {
  db: Db;
  signer: Signer;
  sealer: Sealer;
  ownId: () => InstanceId;
  ownManifestSeq: () => number;
  identity: () => { readonly manifest: string | null };
  oauth: Pick<OAuthClient, 'fetchAsClient'>;
  peerFetch: PeerFetch;
  /** Tells the owner of the connection that its proof has moved on, in the same transaction. */
  onProgress: (tx: Tx, connection: Connection) => Promise<void>;
} & SuspendDeps;

/** The peer did not take a message: it was not there, or said no. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  readonly kind: 'unreachable' | 'refused';

  constructor(kind: NotDelivered['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Two jobs met at one message. The one that lost tries again, and finds it sent: no error. */
export class SentElsewhere extends Error {
  override readonly name = 'SentElsewhere';
}

/** Sends every waiting message of lane 0, one after the other; throws when the peer does not take one, to be tried again. */
export async function deliverWaiting(deps: DeliverDeps, id: ConnectionId): Promise<void> {
  for (;;) {
    const connection = await findConnection(deps.db, id);
    if (connection === undefined || connection.status === 'off-boarded' || connection.status === 'suspended') return;
    const messages = await listControlMessages(deps.db, id);
    const waiting = messages.find(({ receipt }) => receipt === null);
    if (waiting === undefined) return;
    const previous = messages.find(({ seq }) => seq === waiting.seq - 1)?.hash ?? null;
    const sealed = await sealedOnce(deps, connection, waiting, previous);
    await send(deps, connection, waiting.seq, sealed);
  }
}

/**
 * The same sealed batch for every attempt: a repeated send is the same statement, which the peer answers from its memory. A
 * batch whose key was compromised since is refused, so the message is sealed once more; which of the batches has arrived
 * nobody knows here, so the new one names them all.
 */
async function sealedOnce(
  deps: DeliverDeps,
  connection: Connection,
  waiting: ControlRow,
  previous: string | null,
): Promise<{ batch: string; hash: string }> {
  if (waiting.batch !== null && waiting.hash !== null && !refused(deps, waiting))
    return { batch: waiting.batch, hash: waiting.hash };
  const replaces = [...waiting.replaces, ...(waiting.hash === null ? [] : [waiting.hash])].slice(
    -limits.replacedBatches,
  );
  const direction = outgoing(connection.side);
  const secret = await findTrafficSecret(deps.db, connection.id, FIRST_EPOCH, direction);
  if (secret === undefined) throw new Error(`connection ${connection.id} has no traffic secret`);
  const key = await deps.sealer.open(trafficContext(connection.id, FIRST_EPOCH, direction), secret);
  const { envelope, hash, kid } = await sealEnvelope(deps.signer, key, {
    issuer: deps.ownId(),
    audience: connection.peer_instance_id,
    conn: connection.id,
    direction,
    epoch: FIRST_EPOCH,
    lane: 0,
    seq: waiting.seq,
    previous,
    messages: [waiting.message as Message],
    now: deps.clock.now(),
    manifestSeq: deps.ownManifestSeq(),
    replaces,
  });
  const kept = await transact(deps.db, (tx) =>
    keepSealed(
      tx,
      connection.id,
      { seq: waiting.seq, over: waiting.hash },
      { batch: envelope, hash, signed_by: kid, replaces },
    ),
  );
  if (kept) return { batch: envelope, hash };
  throw new SentElsewhere('another worker is sending this message');
}

/** Asked of the manifest, as peers do: a node that has not heard of the compromise yet goes on with the batch as it is. */
function refused(deps: DeliverDeps, { signed_by }: ControlRow): boolean {
  const { manifest } = deps.identity();
  return signed_by !== null && manifest !== null && revokedKids(manifest).includes(signed_by);
}

async function send(deps: DeliverDeps, connection: Connection, seq: number, sealed: { batch: string; hash: string }) {
  const answer = await deps.oauth.fetchAsClient(
    { issuer: connection.remote_issuer, clientId: connection.remote_client_id, resource: connection.remote_resource },
    `${connection.remote_resource}/connections/${connection.id}/lanes/0/batches/${seq}`,
    { method: 'PUT', headers: { 'content-type': 'application/jose', accept: 'application/jose' }, body: sealed.batch },
  );
  if (!answer.ok) {
    const kind = answer.error.code === 'unreachable' ? 'unreachable' : 'refused';
    throw new NotDelivered(kind, `the peer did not take message ${seq} (${answer.error.code})`);
  }
  if (answer.value.status !== 200) {
    const refusal = parseSxError(answer.value.body);
    if (refusal.ok && refusal.value.error === 'sx_fork') {
      // NOTE not signed; but who can put this word into the peer's mouth can cut the connection anyway.
      await transact(deps.db, (tx) => suspendForked(deps, tx, connection.id, { seq, at: 'there' }));
      return;
    }
    const said = refusal.ok ? refusal.value.error : answer.value.status;
    throw new NotDelivered('refused', `the peer refused message ${seq} (${said})`);
  }
  const receipt = answer.value.body.toString('latin1');
  const parties = { issuer: connection.peer_instance_id, audience: deps.ownId() };
  const opened = await openFromPeer(deps, 'receipt', receipt, parties);
  const fits = opened.ok && opened.value.conn === connection.id && opened.value.seq === seq && opened.value.lane === 0;
  // NOTE of test and settings a refused message proves nothing; once connected, a peer may not know a newer kind of message.
  const proves = fits && (connection.status !== 'pending' || opened.value.rejected.length === 0);
  if (!proves || opened.value.h !== sealed.hash)
    throw new NotDelivered('refused', `the peer’s receipt for message ${seq} does not hold`);
  await transact(deps.db, async (tx) => {
    const current = await lockConnection(tx, connection.id);
    if (current === undefined) return;
    if (!(await keepReceipt(tx, connection.id, seq, { hash: sealed.hash, receipt }, deps.clock.now()))) return;
    // A peer cannot hold a manifest that we have not made yet: believed, it would count as having seen every later one.
    const { mseq } = opened.value;
    if (mseq !== undefined && mseq <= deps.ownManifestSeq()) await noteManifestSeen(tx, connection.id, mseq);
    await settleErrors(deps, tx, [connection.id], ['transport-outbound-unreachable', 'transport-outbound-refused']);
    await deps.onProgress(tx, current);
  });
}
