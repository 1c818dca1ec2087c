import {
  allowInsecureRequests,
  Configuration,
  type CryptoKeyPair,
  customFetch,
  type DPoPHandle,
  fetchProtectedResource,
  getDPoPHandle,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { err, ok, type Result } from '../kernel/index.ts';
import { failureOf, type OAuthFailure } from './oauth-failure.ts';

export type PeerAnswer = { readonly status: number; readonly headers: Headers; readonly body: Buffer };

export type PeerCallInit = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

/**
 * One call to the peer's resource under a token, with a proof for exactly this call. An HTTP error status is an answer, not
 * a failure. `dpop`: hand in a handle that lives longer than one call and the peer's nonce need not be learnt each time.
 */
export async function fetchWithToken(
  fetch: typeof globalThis.fetch,
  bound: { readonly token: string } & ({ readonly keys: CryptoKeyPair } | { readonly dpop: DPoPHandle }),
  url: string,
  init: PeerCallInit,
): Promise<Result<PeerAnswer, OAuthFailure>> {
  const target = new URL(url);
  const caller = resourceCaller(fetch, target);
  const DPoP = 'dpop' in bound ? bound.dpop : getDPoPHandle(caller, bound.keys);
  const headers = new Headers(init.headers);
  try {
    return ok(
      await answerOf(
        await fetchProtectedResource(caller, bound.token, target, init.method, init.body, headers, { DPoP }),
      ),
    );
  } catch (thrown) {
    if (thrown instanceof WWWAuthenticateChallengeError) return ok(await answerOf(thrown.response));
    return err(failureOf(thrown, true));
  }
}

/** The library wants a configuration even where no authorization server takes part. */
export function resourceCaller(fetch: typeof globalThis.fetch, target: URL): Configuration {
  const caller = new Configuration({ issuer: target.origin }, 'resource');
  caller[customFetch] = (address, init) => fetch(address, init as RequestInit);
  if (target.protocol === 'http:') allowInsecureRequests(caller);
  return caller;
}

const answerOf = async (response: Response): Promise<PeerAnswer> => ({
  status: response.status,
  headers: response.headers,
  body: Buffer.from(await response.arrayBuffer()),
});
