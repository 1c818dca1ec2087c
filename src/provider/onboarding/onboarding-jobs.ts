import { z } from 'zod';
import { defineJob } from '../../platform/jobs/job.ts';
import { registrationId } from '../registration/registration.ts';

/** Tells the consumer the decision until it acknowledges: from 1 s to 5 min apart, practically for ever. */
export const pushCommit = defineJob({
  name: 'provider.push-commit',
  payload: z.object({ registrationId: registrationId.schema, attempt: z.number().int() }),
  maxAttempts: 100_000,
  retrySeconds: 1,
  retryMaxSeconds: 300,
});

/** A key that links and attempts rest on was reported as compromised. */
export const restartOnboarding = defineJob({ name: 'provider.restart-onboarding', payload: z.object({}) });

/** Ends attempts that have outlived their clock. */
export const expireAttempts = defineJob({ name: 'provider.expire-attempts', payload: z.object({}) });
