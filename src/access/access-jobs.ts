import { z } from 'zod';
import { type Clock, HOUR_MS, later } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { defineJob, handler, type JobHandler } from '../platform/jobs/index.ts';
import { deleteExpired } from './oauth-record-repo.ts';

export const purgeExpiredAccess = defineJob({ name: 'access.purge-expired', payload: z.object({}) });

/** An hour longer than they count, so that a late second use is still answered "used before" and not "unknown". */
const RECORDS_KEPT_MS = HOUR_MS;

export function accessJobHandlers(deps: { readonly db: Db; readonly clock: Clock }): JobHandler[] {
  return [
    handler(purgeExpiredAccess, async () => {
      const now = deps.clock.now();
      await transact(deps.db, (tx) => deleteExpired(tx, later(now, -RECORDS_KEPT_MS), now));
    }),
  ];
}
