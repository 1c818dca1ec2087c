import { type Clock, MINUTE_MS } from '../kernel/index.ts';
import type { SxErrorCode } from '../protocol/index.ts';

/**
 * Refusals that one address may cause in a minute before it is told to wait: guessing at a link must be slow, and a peer
 * that works well causes none.
 */
const REFUSALS_PER_MINUTE = 30;

/** Addresses remembered within a minute. NOTE above that the oldest starts over, which is better than to be filled up. */
const ADDRESSES = 20_000;

/** What a peer in order never causes. A missing nonce, an early or a repeated statement are part of a good day. */
const COUNTED: ReadonlySet<SxErrorCode> = new Set([
  'sx_refused',
  'sx_malformed',
  'sx_identity',
  'sx_step_conflict',
  'sx_fork',
  'sx_too_large',
  'sx_not_found',
]);

/** Counts by address, in memory of this node, anew each minute. */
export function refusalCounter(clock: Clock) {
  let minute = 0;
  let counts = new Map<string, number>();
  const current = () => {
    const now = Math.floor(clock.now().getTime() / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      counts = new Map();
    }
    return counts;
  };
  return {
    count(address: string, code: SxErrorCode): void {
      if (!COUNTED.has(code)) return;
      const known = current();
      const count = (known.get(address) ?? 0) + 1;
      if (known.size >= ADDRESSES && !known.has(address)) known.delete(known.keys().next().value ?? '');
      known.set(address, count);
    },
    tooMany: (address: string): boolean => (current().get(address) ?? 0) >= REFUSALS_PER_MINUTE,
  };
}
