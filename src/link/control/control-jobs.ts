import { z } from 'zod';
import { defineJob } from '../../platform/jobs/job.ts';
import { connectionId } from '../connection.ts';

/**
 * Sends what waits in lane 0 of one connection. Attempts for a day, the life of an onboarding attempt: a consumer that is
 * away for the night still connects in the morning.
 */
export const deliverControl = defineJob({
  name: 'link.deliver-control',
  payload: z.object({ connectionId: connectionId.schema }),
  maxAttempts: 300,
  retrySeconds: 1,
  retryMaxSeconds: 300,
  leaseSeconds: 60,
});
