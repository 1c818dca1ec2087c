import type { Clock } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { TooManyAttempts } from './problems.ts';
import type { Throttled } from './throttle.ts';
import { reserveAttempt } from './throttle-repo.ts';

/**
 * Counts an attempt against each key before it is looked at, so that many at once cannot slip through together; a success
 * gives them back with `forgiveAttempts`. Throws TooManyAttempts when a key must wait. Pass addresses before accounts: everybody
 * locks the rows in that order.
 */
export async function countAttempt(
  deps: { readonly db: Db; readonly clock: Clock },
  throttles: readonly Throttled[],
): Promise<void> {
  const now = deps.clock.now();
  const blockedUntil = await transact(deps.db, async (tx) => {
    for (const throttled of throttles) {
      const blocked = await reserveAttempt(tx, throttled, now);
      if (blocked !== null) return blocked;
    }
    return null;
  });
  if (blockedUntil !== null)
    throw new TooManyAttempts(Math.max(1, Math.ceil((blockedUntil.getTime() - now.getTime()) / 1000)));
}
