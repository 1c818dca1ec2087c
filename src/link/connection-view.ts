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
  createdAt: z.iso.datetime(),
  activatedAt: z.iso.datetime().nullable(),
});
export type ConnectionView = z.output<typeof connectionView>;
