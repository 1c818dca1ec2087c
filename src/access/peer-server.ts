import {
  allowInsecureRequests,
  type ClientAuth,
  Configuration,
  customFetch,
  discovery,
  PrivateKeyJwt,
  type ServerMetadata,
} from 'openid-client';
import { type Clock, err, later, MINUTE_MS, ok, type Result } from '../kernel/index.ts';
import type { KeyRing } from '../keys/index.ts';
import { failureOf, type OAuthFailure } from './oauth-failure.ts';

export type PeerServerDeps = {
  /** The key ring that may lend sx.oauth.client. */
  readonly keys: Pick<KeyRing, 'privateKey'>;
  readonly clock: Clock;
  /** The guarded outbound fetch. */
  readonly fetch: typeof fetch;
};

/** Metadata changes when a peer is upgraded; five minutes spare a request for almost every token. */
const METADATA_KEPT_MS = 5 * MINUTE_MS;

export type PeerServers = {
  metadata(issuer: string): Promise<Result<ServerMetadata, OAuthFailure>>;
  /** The library's configuration for one client at one server, ready to authenticate itself. `asking` hears each request. */
  configuration(issuer: string, clientId: string, asking?: () => void): Promise<Result<Configuration, OAuthFailure>>;
};

export function peerServers(deps: PeerServerDeps): PeerServers {
  const kept = new Map<string, { readonly metadata: ServerMetadata; readonly until: Date }>();

  async function metadata(issuer: string): Promise<Result<ServerMetadata, OAuthFailure>> {
    const known = kept.get(issuer);
    if (known !== undefined && known.until > deps.clock.now()) return ok(known.metadata);
    try {
      const found = await discovery(new URL(issuer), 'discovery', undefined, undefined, {
        algorithm: 'oauth2',
        [customFetch]: deps.fetch as never,
        ...(insecure(issuer) && { execute: [allowInsecureRequests] }),
      });
      const read = found.serverMetadata();
      if (!isUsable(issuer, read)) return err({ code: 'mismatch' });
      kept.set(issuer, { metadata: { ...read }, until: later(deps.clock.now(), METADATA_KEPT_MS) });
      return ok(read);
    } catch (thrown) {
      return err(failureOf(thrown, true));
    }
  }

  return {
    metadata,
    async configuration(issuer, clientId, asking) {
      const found = await metadata(issuer);
      if (!found.ok) return found;
      const made = new Configuration({ ...found.value }, clientId, CLIENT_METADATA, assertion(deps.keys));
      made[customFetch] = (url, init) => {
        asking?.();
        return deps.fetch(url, init as RequestInit);
      };
      if (insecure(issuer)) allowInsecureRequests(made);
      return ok(made);
    },
  };
}

const CLIENT_METADATA = { id_token_signed_response_alg: 'Ed25519', token_endpoint_auth_signing_alg: 'Ed25519' };

/** The guarded fetch decides which http addresses may be called at all. */
const insecure = (issuer: string): boolean => issuer.startsWith('http:');

/** Each assertion is signed with the key of that moment; `aud` is the issuer, as one string. */
const assertion =
  (keys: PeerServerDeps['keys']): ClientAuth =>
  async (server, client, body, headers) => {
    const { kid, key } = await keys.privateKey('sx.oauth.client');
    await PrivateKeyJwt({ kid, key })(server, client, body, headers);
  };

/** The server named itself, answers on its own origin only, and puts its name into the answers of browsers (mix-up). */
function isUsable(issuer: string, metadata: ServerMetadata): boolean {
  const { authorization_endpoint, token_endpoint, pushed_authorization_request_endpoint } = metadata;
  const endpoints = [authorization_endpoint, token_endpoint, pushed_authorization_request_endpoint];
  return (
    metadata.issuer === issuer &&
    metadata.authorization_response_iss_parameter_supported === true &&
    endpoints.every((endpoint) => endpoint !== undefined && URL.parse(endpoint)?.origin === issuer)
  );
}
