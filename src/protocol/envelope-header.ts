import { z } from 'zod';
import { instanceIdSchema } from './instance-id.ts';
import { limits } from './limits.ts';
import { hashText, instantText, manifestSeqNumber, recordId } from './wire-schemas.ts';

export const BATCH_TYP = 'sx-batch+jws';

export const laneDirection = z.enum(['c2p', 'p2c']);
export type LaneDirection = z.output<typeof laneDirection>;

/** The `sx` member of the inner JWS header: who, which connection, where in which lane. */
export const envelopeHeaderSchema = z.looseObject({
  v: z.literal(1),
  iss: instanceIdSchema,
  aud: instanceIdSchema,
  conn: recordId,
  dir: laneDirection,
  /** Epoch of the traffic key; 1 after the handshake. */
  ep: z.int().min(1),
  lane: z.int().min(0).max(64),
  seq: z.int().min(1),
  /** Number of the first message, and how many there are. */
  n0: z.int().min(1),
  n: z.int().min(1).max(limits.batchMessages),
  /** H of the batch before in this lane; null for the first. */
  prev: hashText.nullable(),
  zip: z.enum(['br', 'none']),
  len: z.int().min(1).max(limits.envelopeBytes),
  raw: z.int().min(1).max(limits.batchBytes),
  ts: instantText,
  /** Sequence of the sender's newest manifest: who has an older one looks it up. */
  mseq: manifestSeqNumber.min(1).optional(),
  /** H of each batch that this one stands for: the same messages in the same place, signed by keys compromised since. */
  re: z.array(hashText).min(1).max(limits.replacedBatches).optional(),
});
export type EnvelopeHeader = z.output<typeof envelopeHeaderSchema>;

export type Epoch = { readonly conn: string; readonly epoch: number; readonly direction: LaneDirection };

/** The JWE `kid`: which traffic key opens the envelope. */
export const trafficKid = ({ conn, epoch, direction }: Epoch): string => `${conn}.${epoch}.${direction}`;

const TRAFFIC_KID = /^([a-z]{2,8}_[0-9a-f]{32})\.([1-9][0-9]{0,8})\.(c2p|p2c)$/;

export function parseTrafficKid(kid: string): Epoch | null {
  const [, conn, epoch, direction] = TRAFFIC_KID.exec(kid) ?? [];
  if (conn === undefined || epoch === undefined || direction === undefined) return null;
  return { conn, epoch: Number(epoch), direction: direction as LaneDirection };
}
