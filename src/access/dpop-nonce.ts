import { timingSafeEqual } from 'node:crypto';
import { type Clock, MINUTE_MS } from '../kernel/index.ts';
import type { Mac } from '../keys/index.ts';

/** A nonce is good for the minute it names and the four after it; longer would let a stolen proof be kept in stock. */
const STEP_MS = MINUTE_MS;
const STEPS_ACCEPTED = 5;

const LABEL = 'dpop-nonce/resource';

/**
 * Nonces for proofs shown to the resource (RFC 9449 section 9): a keyed hash of the minute, so every node knows them all and
 * nothing is stored. With them the freshness of a proof does not rest on the peer's clock.
 */
export function resourceNonces(mac: () => Mac, clock: Clock) {
  const step = () => Math.floor(clock.now().getTime() / STEP_MS);
  return {
    async issue(): Promise<string> {
      return Buffer.from(await mac().tag(LABEL, String(step()))).toString('base64url');
    },
    async accepts(nonce: string): Promise<boolean> {
      const given = Buffer.from(nonce, 'base64url');
      const now = step();
      for (let back = 0; back < STEPS_ACCEPTED; back += 1) {
        const known = await mac().tags(LABEL, String(now - back));
        if (known.some((tag) => tag.length === given.length && timingSafeEqual(tag, given))) return true;
      }
      return false;
    },
  };
}
