import { z } from 'zod';
import { defineJob, handler, type JobHandler } from '../platform/jobs/index.ts';
import type { Keys } from './keys.ts';

/** Takes every rotation as far as it goes now. Scheduled once a minute for all nodes together. */
export const rotateKeys = defineJob({ name: 'keys.rotate', payload: z.object({}), leaseSeconds: 300 });

export const keysJobHandlers = ({ keys }: { readonly keys: Keys }): JobHandler[] => [
  handler(rotateKeys, () => keys.advanceRotations()),
];
