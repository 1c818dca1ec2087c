import { isDPoPNonceError } from 'oauth4webapi';
import type { DPoPHandle } from 'openid-client';

/**
 * Asks a peer's authorization server under a proof. The library learns the nonce of the first answer and repeats by itself,
 * once. A peer that replaces its keys between those two does not know its own nonce any more and gives another one, which
 * is no refusal: it is used, once as well. Nothing was redeemed by then, because proofs are looked at first.
 */
export async function withNonce<T>(dpop: DPoPHandle, ask: (dpop: DPoPHandle) => Promise<T>): Promise<T> {
  try {
    return await ask(dpop);
  } catch (thrown) {
    if (!isDPoPNonceError(thrown)) throw thrown;
    return ask(dpop);
  }
}
