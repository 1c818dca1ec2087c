import {
  type CryptoKeyPair,
  clientCredentialsGrant,
  type DPoPHandle,
  getDPoPHandle,
  randomDPoPKeyPair,
} from 'openid-client';
import { type Clock, err, later, ok, type Result, SECOND_MS } from '../kernel/index.ts';
import type { Scope } from './consent-detail.ts';
import { fetchWithToken, type PeerAnswer, type PeerCallInit, resourceCaller } from './fetch-with-token.ts';
import { failureOf, type OAuthFailure } from './oauth-failure.ts';
import type { PeerServers } from './peer-server.ts';
import { withNonce } from './with-nonce.ts';

/** Our client at one peer, used for messages once the connection exists. */
export type MessageAccess = { readonly issuer: string; readonly clientId: string; readonly resource: string };

type MessageToken = {
  readonly token: string;
  readonly renewAt: Date;
  /** Keeps the nonces of the peer's resource; those of its token endpoint are other ones. */
  readonly dpop: DPoPHandle;
};

const SCOPE: Scope = 'sx:messages';

/** Renewed this long before it ends, so that no message leaves with a token that expires on the way. */
const RENEW_BEFORE_SECONDS = 30;

/** Tokens for messages: bound to a key of this process, kept in memory, never stored; another node gets its own. */
export function messageAccess(deps: { readonly fetch: typeof fetch; readonly clock: Clock }, servers: PeerServers) {
  const tokens = new Map<string, Promise<Result<MessageToken, OAuthFailure>>>();
  let processKey: Promise<CryptoKeyPair> | undefined;

  async function request(access: MessageAccess): Promise<Result<MessageToken, OAuthFailure>> {
    const server = await servers.configuration(access.issuer, access.clientId);
    if (!server.ok) return server;
    processKey ??= randomDPoPKeyPair('Ed25519');
    const keys = await processKey;
    try {
      const wanted = { scope: SCOPE, resource: access.resource };
      const answer = await withNonce(getDPoPHandle(server.value, keys), (DPoP) =>
        clientCredentialsGrant(server.value, wanted, { DPoP }),
      );
      if (answer.token_type !== 'dpop') return err({ code: 'invalid-answer' });
      return ok({
        token: answer.access_token,
        renewAt: later(deps.clock.now(), ((answer.expires_in ?? 0) - RENEW_BEFORE_SECONDS) * SECOND_MS),
        dpop: getDPoPHandle(resourceCaller(deps.fetch, new URL(access.resource)), keys),
      });
    } catch (thrown) {
      return err(failureOf(thrown, true));
    }
  }

  /** One request for a token at a time for each access, however many messages wait for it. */
  async function current(access: MessageAccess, spent?: MessageToken): Promise<Result<MessageToken, OAuthFailure>> {
    const name = `${access.issuer} ${access.clientId} ${access.resource}`;
    const kept = tokens.get(name);
    const known = await kept;
    if (known?.ok && known.value !== spent && known.value.renewAt > deps.clock.now()) return known;
    const meanwhile = tokens.get(name);
    if (meanwhile !== undefined && meanwhile !== kept) return meanwhile;
    const asked = request(access);
    tokens.set(name, asked);
    // Keys that may not be used now are a problem of this call, not of those after it.
    asked.catch(() => tokens.delete(name));
    return asked;
  }

  return {
    async authenticate(access: MessageAccess): Promise<Result<void, OAuthFailure>> {
      const asked = await request(access);
      return asked.ok ? ok(undefined) : asked;
    },
    async fetch(access: MessageAccess, url: string, init: PeerCallInit): Promise<Result<PeerAnswer, OAuthFailure>> {
      const first = await current(access);
      if (!first.ok) return first;
      const answer = await fetchWithToken(deps.fetch, first.value, url, init);
      if (!answer.ok || answer.value.status !== 401) return answer;
      // The peer may have lost its keys or replaced them: a new token tells.
      const second = await current(access, first.value);
      return second.ok ? fetchWithToken(deps.fetch, second.value, url, init) : second;
    },
  };
}
