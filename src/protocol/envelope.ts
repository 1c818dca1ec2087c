import { timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from '../kernel/index.ts';
import { packBatch, unpackBatch, type Zip } from './batch.ts';
import { base64url, sha256 } from './encoding.ts';
import {
  BATCH_TYP,
  type EnvelopeHeader,
  type Epoch,
  envelopeHeaderSchema,
  type LaneDirection,
  parseTrafficKid,
  trafficKid,
} from './envelope-header.ts';
import type { InstanceId } from './instance-id.ts';
import { decryptJwe, encryptJwe, parseJwe } from './jwe.ts';
import { hashStatement, parseJws, signJws, verifyJws } from './jws.ts';
import { limits } from './limits.ts';
import { type Message, type MessageError, messageSchema, parseMessage } from './message.ts';
import type { Signer } from './signer.ts';
import { type VerificationKey, validAt } from './verification-key.ts';

const NEWLINE = 0x0a;
const JWS_BYTES = 8 * 1024;

/** One batch about to be sealed. Messages carry consecutive numbers. */
export type EnvelopeDraft = {
  readonly issuer: InstanceId;
  readonly audience: InstanceId;
  readonly conn: string;
  readonly direction: LaneDirection;
  readonly epoch: number;
  readonly lane: number;
  readonly seq: number;
  /** H of the batch before in this lane; null for the first. */
  readonly previous: string | null;
  readonly messages: readonly Message[];
  readonly now: Date;
  /** Sequence of the issuer's newest manifest. */
  readonly manifestSeq?: number;
  /** H of each batch that this one stands for, because their signing keys were compromised. */
  readonly replaces?: readonly string[];
  /** `none` for a batch with secrets: compression would let their length be guessed. Default `br`. */
  readonly zip?: Zip;
};

export type SealedEnvelope = {
  /** Compact JWE: the body of the request. */
  readonly envelope: string;
  /** H of the batch: the next one's `previous`, and what the receipt repeats. */
  readonly hash: string;
  /** The key that signed it. */
  readonly kid: string;
};

/**
 * Signs, then encrypts one batch: JWE (dir, A256GCM) around `compact JWS, LF, batch bytes`, the JWS payload being the SHA-256
 * of the batch bytes. `key`: the 32-byte traffic key of this epoch and direction. Source: docs/protocol/envelope.md.
 */
export async function sealEnvelope(signer: Signer, key: Uint8Array, draft: EnvelopeDraft): Promise<SealedEnvelope> {
  const first = draft.messages[0]?.n;
  if (first === undefined || draft.messages.length > limits.batchMessages)
    throw new Error('a batch has 1 to 2000 messages');
  const lines = draft.messages.map((message, index) => lineOf(message, first + index));
  const { bytes, ...shape } = packBatch(lines, draft.zip ?? 'br');
  const header: EnvelopeHeader = {
    v: 1,
    iss: draft.issuer,
    aud: draft.audience,
    conn: draft.conn,
    dir: draft.direction,
    ep: draft.epoch,
    lane: draft.lane,
    seq: draft.seq,
    n0: first,
    n: draft.messages.length,
    prev: draft.previous,
    ...shape,
    ts: draft.now.toISOString(),
    ...(draft.manifestSeq !== undefined && { mseq: draft.manifestSeq }),
    ...(draft.replaces?.length && { re: [...draft.replaces] }),
  };
  const leased = await signer.lease(BATCH_TYP);
  const jws = await signJws(
    { lease: async () => leased },
    BATCH_TYP,
    sha256(bytes),
    envelopeHeaderSchema.parse(header),
  );
  const kid = trafficKid({ conn: draft.conn, epoch: draft.epoch, direction: draft.direction });
  const envelope = await encryptJwe(Buffer.concat([Buffer.from(`${jws}\n`), bytes]), key, kid);
  if (envelope.length > limits.envelopeBytes)
    throw new Error('a batch is over the envelope limit: seal fewer messages');
  return { envelope, hash: hashStatement(jws), kid: leased.kid };
}

function lineOf(message: Message, expectedNumber: number): string {
  if (message.n !== expectedNumber) throw new Error('messages of a batch carry consecutive numbers');
  const line = JSON.stringify(messageSchema.parse(message));
  if (Buffer.byteLength(line) > limits.messageBytes) throw new Error('a message is over 64 KiB');
  return line;
}

export type EnvelopeError = {
  readonly code:
    | 'too-large'
    | 'malformed'
    | 'wrong-key'
    | 'bad-key'
    | 'unknown-signer'
    | 'bad-signature'
    | 'wrong-header'
    | 'bad-batch';
};

export type EnvelopeExpectation = {
  /** The 32-byte traffic key of the connection, epoch and direction below. */
  readonly key: Uint8Array;
  readonly epoch: Epoch;
  readonly issuer: InstanceId;
  readonly audience: InstanceId;
  /** The issuer's keys of use `sign`. */
  readonly keys: readonly VerificationKey[];
};

export type OpenedEnvelope = {
  readonly header: EnvelopeHeader;
  readonly hash: string;
  /** The key that signed it. */
  readonly kid: string;
  /** SHA-256 of the messages as they were sent, without compression and padding: the same for the same messages. */
  readonly content: string;
  /** In order; each message is good or refused by itself. The first has number `header.n0`. */
  readonly messages: readonly Result<Message, MessageError>[];
};

/** Which traffic key an envelope asks for; decides nothing by itself. */
export function peekEnvelope(envelope: string): Result<Epoch, EnvelopeError> {
  const jwe = parseJwe(envelope);
  if (!jwe.ok) return jwe;
  const epoch = parseTrafficKid(jwe.value.kid);
  return epoch === null ? err({ code: 'malformed' }) : ok(epoch);
}

/**
 * Opens an envelope: size, grammar, key, decryption, signature, header against the connection, and only then inflation.
 * Order in the lane (`seq`, `prev`) is the caller's to check inside its transaction.
 */
export async function openEnvelope(
  envelope: string,
  expected: EnvelopeExpectation,
): Promise<Result<OpenedEnvelope, EnvelopeError>> {
  const jwe = parseJwe(envelope);
  if (!jwe.ok) return jwe;
  if (jwe.value.kid !== trafficKid(expected.epoch)) return err({ code: 'wrong-key' });
  const plain = await decryptJwe(envelope, expected.key);
  if (!plain.ok) return plain;
  const end = plain.value.subarray(0, JWS_BYTES).indexOf(NEWLINE);
  if (end < 0) return err({ code: 'malformed' });
  const signed = await openBatchJws(plain.value.toString('latin1', 0, end), expected);
  if (!signed.ok) return signed;
  const bytes = plain.value.subarray(end + 1);
  if (!timingSafeEqual(sha256(bytes), signed.value.digest)) return err({ code: 'bad-signature' });
  const { header, hash, kid } = signed.value;
  const lines = unpackBatch(bytes, header);
  if (!lines.ok) return lines;
  if (lines.value.length !== header.n) return err({ code: 'bad-batch' });
  const content = base64url(sha256(Buffer.concat(lines.value.flatMap((line) => [line, Buffer.of(NEWLINE)]))));
  const messages = lines.value.map((line, index) => parseMessage(line, header.n0 + index));
  return ok({ header, hash, kid, content, messages });
}

async function openBatchJws(
  compact: string,
  expected: EnvelopeExpectation,
): Promise<Result<{ header: EnvelopeHeader; hash: string; kid: string; digest: Buffer }, EnvelopeError>> {
  const jws = parseJws(compact, { typ: BATCH_TYP, maxBytes: JWS_BYTES, withSx: true });
  if (!jws.ok) return err({ code: 'malformed' });
  const key = expected.keys.find(({ kid }) => kid === jws.value.kid);
  if (key === undefined) return err({ code: 'unknown-signer' });
  if (!(await verifyJws(jws.value, key)).ok) return err({ code: 'bad-signature' });
  const header = envelopeHeaderSchema.safeParse(jws.value.sx);
  if (!header.success || jws.value.payload.length !== 32) return err({ code: 'wrong-header' });
  if (!matches(header.data, expected)) return err({ code: 'wrong-header' });
  if (!validAt(key, new Date(header.data.ts))) return err({ code: 'unknown-signer' });
  return ok({ header: header.data, hash: hashStatement(compact), kid: key.kid, digest: jws.value.payload });
}

/** Key, signature and request name the same parties: a batch encrypted anew for somebody else does not open. */
const matches = (header: EnvelopeHeader, { epoch, issuer, audience }: EnvelopeExpectation): boolean =>
  header.iss === issuer &&
  header.aud === audience &&
  header.conn === epoch.conn &&
  header.ep === epoch.epoch &&
  header.dir === epoch.direction;
