import { z } from 'zod';
import { type Clock, DAY_MS, later } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { defineJob, handler, type JobHandler } from '../platform/jobs/index.ts';
import { deleteApiTokensExpiredBefore } from './api-token-repo.ts';
import { deleteSessionsOver } from './session-repo.ts';
import { deleteSignInLinksExpired } from './sign-in-link-repo.ts';
import { deleteThrottlesBefore } from './throttle-repo.ts';

/** An expired API token stays on its owner's list for a month, so that they see why a program stopped. */
const EXPIRED_TOKEN_SHOWN_MS = 30 * DAY_MS;
const LONGEST_THROTTLE_MS = DAY_MS;

/** Nothing depends on it: expiry is checked at every use. It keeps the tables small. */
export const removeExpired = defineJob({ name: 'directory.remove-expired', payload: z.object({}) });

export const removeExpiredHandler = (deps: { readonly db: Db; readonly clock: Clock }): JobHandler =>
  handler(removeExpired, async () => {
    const now = deps.clock.now();
    await transact(deps.db, async (tx) => {
      await deleteSessionsOver(tx, now);
      await deleteSignInLinksExpired(tx, now);
      await deleteApiTokensExpiredBefore(tx, later(now, -EXPIRED_TOKEN_SHOWN_MS));
      await deleteThrottlesBefore(tx, later(now, -LONGEST_THROTTLE_MS));
    });
  });
