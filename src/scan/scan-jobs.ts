import { z } from 'zod';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../kernel/index.ts';
import { defineJob } from '../platform/jobs/index.ts';
import { scanRunId } from './scan-run.ts';

export const runScan = defineJob({
  name: 'scan.run',
  payload: z.object({ runId: scanRunId.schema }),
  // A process that dies is noticed by its heartbeat; the lease only ends a run that hangs. Every check at its longest
  // stays below it. Fewer attempts than usual: a run that keeps dying is a failed one, and somebody is waiting.
  maxAttempts: 4,
  retrySeconds: 1,
  leaseSeconds: 15 * 60,
});

/** Starts the runs of watched subjects whose time has come. */
export const runWatched = defineJob({ name: 'scan.run-watched', payload: z.object({}), maxAttempts: 2 });

/** Runs the daily suites and forgets what is too old. */
export const runDaily = defineJob({ name: 'scan.run-daily', payload: z.object({}) });

export const RUN_DAILY_EVERY_SECONDS = DAY_MS / SECOND_MS;

/** Tells the administrators what new errors there are. */
export const sendErrorDigest = defineJob({ name: 'scan.send-error-digest', payload: z.object({}) });

export const ERROR_DIGEST_EVERY_SECONDS = HOUR_MS / SECOND_MS;

/** At most this late is a due run started, and a dead worker noticed. */
export const RUN_WATCHED_EVERY_SECONDS = 5;
