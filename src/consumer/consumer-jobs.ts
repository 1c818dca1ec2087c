import { z } from 'zod';
import { defineJob } from '../platform/jobs/job.ts';
import { scanVerdict } from '../scan/index.ts';
import { providerConnectionId } from './provider-connection.ts';

const attempt = z.object({ id: providerConnectionId.schema, number: z.number().int() });

/** The scan of a provider connection has a verdict. */
export const providerConnectionScanned = defineJob({
  name: 'consumer.provider-connection-scanned',
  payload: scanVerdict,
  maxAttempts: 50,
});

/**
 * Takes an attempt as far as it goes by itself, from the code to the commit. Repeated from 1 s to 5 min apart; the attempt's
 * own clock ends it, not the number of tries.
 */
export const advanceAttempt = defineJob({
  name: 'consumer.advance-attempt',
  payload: attempt,
  maxAttempts: 100_000,
  retrySeconds: 1,
  retryMaxSeconds: 300,
});

/** A code buys one token, so while an attempt is being redeemed there is one such job and no second one. */
export const redeemingKey = (id: string, number: number): string => `redeem ${id} ${number}`;

/** Asks the provider now and then how an attempt stands: whether somebody was turned away, or it has ended there. */
export const watchAttempt = defineJob({
  name: 'consumer.watch-attempt',
  payload: attempt,
  maxAttempts: 1_000,
  retrySeconds: 3,
  retryMaxSeconds: 300,
});

/** A key that running attempts rest on was reported as compromised. */
export const restartConnecting = defineJob({ name: 'consumer.restart-connecting', payload: z.object({}) });

/** Tells the provider that an attempt is over, so that it does not keep what is of no use. */
export const sendAbort = defineJob({ name: 'consumer.send-abort', payload: attempt, maxAttempts: 30 });
