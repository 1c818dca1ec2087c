import { z } from 'zod';

/** One link between two instances, as either side shows it. */
export const connectionView = z.object({
  id: z.string(),
  status: z.enum(['pending', 'active', 'suspended', 'off-boarded']),
  peer: z.object({ instanceId: z.string(), origin: z.string(), name: z.string(), version: z.string().nullable() }),
  /** Whether this side has proved a call in that direction. */
  inbound: z.enum(['waiting', 'active']),
  outbound: z.enum(['waiting', 'active']),
  /** 60 digits in groups of five, the same on both sides. */
  safetyNumber: z.string(),
  serviceAccount: z.string(),
  settings: z.object({ ours: z.record(z.string(), z.unknown()), theirs: z.record(z.string(), z.unknown()).nullable() }),
  /** What this side knows of the other one, from what it has said and signed. */
  health: z.object({
    /** When the other instance last showed who it is. */
    seenAt: z.iso.datetime(),
    /** The number of its key list that is held here. */
    manifestSeq: z.number().int(),
    /** By how much its clock was ahead of ours then. */
    skewMs: z.number().int(),
    /** Lane 0: messages this side has numbered, those the other has signed for, and the last one taken from it. */
    sent: z.number().int(),
    confirmed: z.number().int(),
    received: z.number().int(),
    confirmedAt: z.iso.datetime().nullable(),
    receivedAt: z.iso.datetime().nullable(),
  }),
  createdAt: z.iso.datetime(),
  activatedAt: z.iso.datetime().nullable(),
});
export type ConnectionView = z.output<typeof connectionView>;
