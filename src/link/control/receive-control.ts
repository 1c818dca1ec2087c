import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResourceGuard } from '../../access/index.ts';
import type { Clock, Random } from '../../kernel/index.ts';
import type { Sealer } from '../../keys/index.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/transact.ts';
import type { Jobs } from '../../platform/jobs/job.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import {
  claimsFor,
  type InstanceId,
  limits,
  type OpenedEnvelope,
  openEnvelope,
  peekStatement,
  readControlMessage,
  type Signer,
  type StatementBody,
  signStatement,
} from '../../protocol/index.ts';
import { type ConnectionId, connectionId, incoming } from '../connection.ts';
import {
  advanceInbound,
  type Connection,
  findConnection,
  findTrafficSecret,
  lockConnection,
} from '../connection-repo.ts';
import { findPeer } from '../peer/peer-repo.ts';
import { followManifestHint, pinnedKeys, pinnedManifest, withFreshKeys } from '../peer/pinned-peer.ts';
import type { SuspendDeps } from '../suspend-connection.ts';
import { FIRST_EPOCH, trafficContext } from '../traffic-secret.ts';
import { SxRefusal, type WireRoute } from '../wire.ts';
import {
  findGivenReceipt,
  type GivenReceipt,
  insertGivenReceipt,
  renewGivenReceipt,
  replaceGivenReceipt,
} from './control-repo.ts';
import { noteRefusal } from './note-refusal.ts';
import { applyProof } from './two-way-proof.ts';

export type ReceiveDeps = {
  db: Db;
  clock: Clock;
  random: Random;
  jobs: Jobs;
  signer: Signer;
  sealer: Sealer;
  guard: ResourceGuard;
  peerFetch: PeerFetch;
  ownId: () => InstanceId;
  onProgress: (tx: Tx, connection: Connection) => Promise<void>;
  onSuspended: SuspendDeps['onSuspended'];
};

/** PUT /sx/v1/connections/{conn}/lanes/{lane}/batches/{seq}: one sealed batch; the answer is a signed receipt. */
export const receiveBatchRoute = (deps: ReceiveDeps): WireRoute => ({
  method: 'PUT',
  path: '/sx/v1/connections/:conn/lanes/:lane/batches/:seq',
  maxBytes: limits.envelopeBytes,
  ownPace: true,
  answer: async (body, request, reply) => {
    const { connection, seq } = await addressed(deps, request, reply);
    return noteRefusal(deps, connection, seq, async () => {
      const opened = await open(deps, connection, body);
      if (opened.header.lane !== 0 || opened.header.seq !== seq)
        throw new SxRefusal('sx_refused', 'address and batch differ');
      return transact(deps.db, (tx) => accept(deps, tx, connection.id, opened));
    });
  },
});

/** Batches that a connection may take before it is proved: four are needed, and each leaves a receipt here. */
const BATCHES_WHILE_PENDING = 16;

/** Whom the token belongs to decides the connection; the address only has to agree. */
async function addressed(deps: ReceiveDeps, request: FastifyRequest, reply: FastifyReply) {
  const call = await deps.guard.check(request.raw, 'sx:messages');
  if (!call.ok) throw new SxRefusal('sx_unauthorised', call.error.code, { headers: call.error.headers });
  reply.header('dpop-nonce', await deps.guard.nonce());
  const { conn, lane, seq } = request.params as Record<string, string>;
  const connection = connectionId.is(conn) ? await findConnection(deps.db, conn) : undefined;
  if (connection === undefined || connection.local_client_id !== call.value.clientId) {
    throw new SxRefusal('sx_not_found', 'no such connection for this client');
  }
  refuseUnlessOpen(connection);
  if (lane !== '0') throw new SxRefusal(connection.status === 'pending' ? 'sx_pending' : 'sx_scope', `lane ${lane}`);
  if (!/^[1-9]\d{0,8}$/.test(seq ?? '')) throw new SxRefusal('sx_malformed', 'sequence number');
  return { connection, seq: Number(seq) };
}

function refuseUnlessOpen({ status, suspended_for }: Connection): void {
  if (status === 'off-boarded') throw new SxRefusal('sx_gone', 'off-boarded');
  // The same word as the first time: who lost that answer learns it now.
  if (suspended_for === 'fork') throw new SxRefusal('sx_fork', 'suspended since a fork');
  if (status === 'suspended') throw new SxRefusal('sx_refused', 'suspended');
}

async function open(deps: ReceiveDeps, connection: Connection, body: string): Promise<OpenedEnvelope> {
  const direction = incoming(connection.side);
  const secret = await findTrafficSecret(deps.db, connection.id, FIRST_EPOCH, direction);
  if (secret === undefined) throw new SxRefusal('sx_refused', 'no traffic secret');
  const key = await deps.sealer.open(trafficContext(connection.id, FIRST_EPOCH, direction), secret);
  const opened = await withFreshKeys(deps, connection.peer_instance_id, 'unknown-signer', async () =>
    openEnvelope(body, {
      key,
      epoch: { conn: connection.id, epoch: FIRST_EPOCH, direction },
      issuer: connection.peer_instance_id,
      audience: deps.ownId(),
      keys: await pinnedKeys(deps, connection.peer_instance_id, 'sign'),
    }),
  );
  if (!opened.ok) throw new SxRefusal('sx_refused', `envelope ${opened.error.code}`);
  const { mseq } = opened.value.header;
  if (mseq !== undefined) await followManifestHint(deps, connection.peer_instance_id, mseq);
  return opened.value;
}

async function accept(deps: ReceiveDeps, tx: Tx, id: ConnectionId, opened: OpenedEnvelope): Promise<string> {
  const connection = await lockConnection(tx, id);
  if (connection === undefined) throw new SxRefusal('sx_not_found', 'the connection is gone');
  // It may have been suspended while this batch waited for the lock.
  refuseUnlessOpen(connection);
  const { hash, content, kid } = opened;
  const { seq, prev, n0 } = opened.header;
  if (seq <= connection.inbound_seq) return repeated(deps, tx, connection, opened);
  if (seq > connection.inbound_seq + 1) {
    throw new SxRefusal('sx_gap', `batch ${seq}`, { extra: { expected: connection.inbound_seq + 1 } });
  }
  if (n0 !== seq) throw new SxRefusal('sx_refused', 'the number of the first message');
  if ((prev ?? '') !== connection.inbound_hash) throw new SxRefusal('sx_fork', 'the chain does not continue');
  if (connection.status === 'pending' && seq > BATCHES_WHILE_PENDING)
    throw new SxRefusal('sx_refused', 'too many batches before the connection is proved');
  const rejected: { n: number; code: string }[] = [];
  for (const [index, message] of opened.messages.entries()) {
    const control = message.ok ? readControlMessage(message.value) : message;
    if (control.ok) await applyProof(deps, tx, connection, control.value);
    else rejected.push({ n: n0 + index, code: control.error.code });
  }
  await advanceInbound(tx, id, seq, hash);
  const receipt = await receiptFor(deps, tx, connection, { seq, h: hash, rejected });
  const taken = { connection_id: id, seq, hash, content, signed_by: kid, receipt, accepted_at: deps.clock.now() };
  await insertGivenReceipt(tx, taken);
  const current = await findConnection(tx, id);
  if (current !== undefined) await deps.onProgress(tx, current);
  return receipt;
}

type Received = Pick<StatementBody<'receipt'>, 'seq' | 'h' | 'rejected'>;

async function receiptFor(deps: ReceiveDeps, tx: Tx, { id, peer_instance_id: peer }: Connection, received: Received) {
  const now = deps.clock.now();
  return signStatement(deps.signer, 'receipt', {
    ...claimsFor('receipt', { issuer: deps.ownId(), audience: peer, now, random: deps.random }),
    conn: id,
    lane: 0,
    stored: received.seq,
    applied: received.seq,
    ...received,
    credit: { msgs: limits.batchMessages, bytes: limits.batchBytes },
    mseq: (await findPeer(tx, peer))?.manifest_seq ?? 0,
    now: now.toISOString(),
  });
}

/** A batch that was taken before is receipted again, and so is one that stands for it because its key was compromised. */
async function repeated(deps: ReceiveDeps, tx: Tx, connection: Connection, opened: OpenedEnvelope): Promise<string> {
  const { id } = connection;
  const { hash, kid } = opened;
  const { seq } = opened.header;
  const given = await findGivenReceipt(tx, id, seq);
  if (given?.hash === hash) {
    // While the connection is proved both sides must hold the same receipts; later the key of the first may have been compromised.
    if (connection.status === 'pending') return given.receipt;
    const receipt = await receiptFor(deps, tx, connection, { seq, h: hash, rejected: rejectedBefore(given) });
    await renewGivenReceipt(tx, id, { seq, receipt });
    return receipt;
  }
  if (given === undefined || !names(given, opened) || !(await keepsItsPlace(tx, connection, opened)))
    throw new SxRefusal('sx_fork', `another batch ${seq} than before`);
  await refuseUnlessRevoked(deps, tx, connection, { given, opened });
  const receipt = await receiptFor(deps, tx, connection, { seq, h: hash, rejected: rejectedBefore(given) });
  await replaceGivenReceipt(tx, given, { hash, signed_by: kid, receipt, replaced_at: deps.clock.now() });
  await advanceInbound(tx, id, seq, hash);
  return receipt;
}

type Known = GivenReceipt & { signed_by: string };

/** Says that it stands for the batch that was taken, and holds the same messages. */
const names = (given: GivenReceipt, { header, content }: OpenedEnvelope): given is Known =>
  given.signed_by !== null && given.content === content && header.re?.includes(given.hash) === true;

/** Only the latest batch can be replaced, and only with the same one before it: the chain goes on from it. */
async function keepsItsPlace(tx: Tx, { id, inbound_seq }: Connection, { header }: OpenedEnvelope): Promise<boolean> {
  const { seq, prev, n0 } = header;
  if (seq !== inbound_seq || n0 !== seq) return false;
  const previous = seq === 1 ? undefined : await findGivenReceipt(tx, id, seq - 1);
  return prev === (previous?.hash ?? null);
}

/** The key of the batch that was taken must be one that its owner has reported as compromised, and the key of this one not. */
async function refuseUnlessRevoked(
  deps: ReceiveDeps,
  tx: Tx,
  connection: Connection,
  { given, opened }: { given: Known; opened: OpenedEnvelope },
): Promise<void> {
  const { seq, mseq = 0 } = opened.header;
  const manifest = await pinnedManifest({ db: tx, clock: deps.clock }, connection.peer_instance_id);
  const revoked = new Set(manifest?.revoked.map(({ kid }) => kid));
  if (revoked.has(opened.kid)) throw new SxRefusal('sx_refused', `batch ${seq} is signed by a revoked key`);
  if (revoked.has(given.signed_by)) return;
  // The report may be in a manifest that could not be fetched just now; the sender tries again.
  if (manifest === undefined || manifest.seq < mseq)
    throw new SxRefusal('sx_refused', `batch ${seq} needs a manifest that is not here yet`);
  throw new SxRefusal('sx_fork', `another batch ${seq} than before`);
}

function rejectedBefore(given: GivenReceipt): Received['rejected'] {
  const before = peekStatement('receipt', given.receipt);
  if (!before.ok) throw new Error(`the receipt given for batch ${given.seq} does not read`);
  return before.value.rejected;
}
