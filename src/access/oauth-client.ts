import {
  authorizationCodeGrant,
  buildAuthorizationUrlWithPAR,
  calculatePKCECodeChallenge,
  getDPoPHandle,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { err, later, ok, type Result, SECOND_MS } from '../kernel/index.ts';
import type { KeyRing } from '../keys/index.ts';
import type { ConsentDetail, Scope } from './consent-detail.ts';
import { createDpopKey, type DpopKey, dpopKeyPair } from './dpop-key.ts';
import { fetchWithToken, type PeerAnswer, type PeerCallInit } from './fetch-with-token.ts';
import { testKey } from './key-test.ts';
import { type MessageAccess, messageAccess } from './message-access.ts';
import { failureOf, type OAuthFailure } from './oauth-failure.ts';
import { type PeerServerDeps, type PeerServers, peerServers } from './peer-server.ts';
import { withNonce } from './with-nonce.ts';

/** What must be kept between sending the browser away and its return. JSON; holds secrets: seal it. */
export type PendingAuthorization = {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly detail: ConsentDetail;
  readonly state: string;
  readonly codeVerifier: string;
  readonly dpopKey: DpopKey;
};

/** A token and the key it is bound to. JSON; secret: seal it when it has to be stored. */
export type BoundToken = {
  readonly issuer: string;
  readonly accessToken: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly dpopKey: DpopKey;
};

/** What a scan looks at before anybody connects. */
export type AuthorizationServerFacts = {
  readonly issuer: string;
  readonly pushedRequestsRequired: boolean;
  readonly dpop: boolean;
  readonly richRequests: boolean;
};

export type AuthorizationRequest = Pick<
  PendingAuthorization,
  'issuer' | 'clientId' | 'redirectUri' | 'resource' | 'detail' | 'dpopKey'
>;

export type OAuthClient = {
  /** A new proof key; its `jkt` is announced in the hello, before there is a client. */
  createDpopKey(): Promise<DpopKey>;
  /** Reads the peer's metadata and checks that it names the issuer asked for. */
  discover(issuer: string): Promise<Result<AuthorizationServerFacts, OAuthFailure>>;
  /** Pushes the request (PAR); send the browser to `authorizationUrl` within a minute. */
  pushAuthorizationRequest(
    request: AuthorizationRequest,
  ): Promise<Result<{ readonly authorizationUrl: string; readonly pending: PendingAuthorization }, OAuthFailure>>;
  /** Redeems the code that the browser brought to `callbackUrl`: our origin, the path and the query it came with. Once. */
  exchangeCode(callbackUrl: string, pending: PendingAuthorization): Promise<Result<BoundToken, OAuthFailure>>;
  /** Sends one request under a bound token; answers the peer's nonce challenge by itself. */
  fetchBound(token: BoundToken, url: string, init: PeerCallInit): Promise<Result<PeerAnswer, OAuthFailure>>;
  /** Sends one request under a message token of this process, got, kept and renewed here; one retry after a 401. */
  fetchAsClient(access: MessageAccess, url: string, init: PeerCallInit): Promise<Result<PeerAnswer, OAuthFailure>>;
  /** Asks for a message token now and lets it go: whether the peer's authorization server still knows this client (CHK-18). */
  authenticate(access: MessageAccess): Promise<Result<void, OAuthFailure>>;
  /** Whether an assertion can be signed and verified now (CHK-04). The error is a sentence. */
  selfTest(): Promise<Result<void, string>>;
};

export type OAuthClientDeps = PeerServerDeps & { readonly keys: Pick<KeyRing, 'privateKey' | 'publicKeys'> };

const SCOPE: Scope = 'sx:connect';

/** Throws what the keys room throws when the assertion key may not be used. Not inside a transaction. */
export function createOAuthClient(deps: OAuthClientDeps): OAuthClient {
  const servers = peerServers(deps);
  const messages = messageAccess(deps, servers);
  return {
    createDpopKey,
    discover: (issuer) => discover(servers, issuer),
    pushAuthorizationRequest: (request) => push(servers, request),
    exchangeCode: (callbackUrl, pending) => exchange(deps, servers, callbackUrl, pending),
    fetchBound: async (token, url, init) =>
      fetchWithToken(deps.fetch, { token: token.accessToken, keys: await dpopKeyPair(token.dpopKey) }, url, init),
    fetchAsClient: messages.fetch,
    authenticate: messages.authenticate,
    selfTest: () => testKey(deps, 'sx.oauth.client'),
  };
}

async function discover(servers: PeerServers, issuer: string): Promise<Result<AuthorizationServerFacts, OAuthFailure>> {
  const metadata = await servers.metadata(issuer);
  if (!metadata.ok) return metadata;
  const found = metadata.value;
  return ok({
    issuer: found.issuer,
    pushedRequestsRequired: found.require_pushed_authorization_requests === true,
    dpop: found.dpop_signing_alg_values_supported?.includes('Ed25519') === true,
    richRequests: lists(found.authorization_details_types_supported, 'sx_connect'),
  });
}

const lists = (value: unknown, word: string): boolean => Array.isArray(value) && value.includes(word);

async function push(servers: PeerServers, request: AuthorizationRequest) {
  const server = await servers.configuration(request.issuer, request.clientId);
  if (!server.ok) return server;
  const codeVerifier = randomPKCECodeVerifier();
  const state = randomState();
  const parameters = {
    redirect_uri: request.redirectUri,
    scope: SCOPE,
    resource: request.resource,
    prompt: 'consent',
    state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify([request.detail]),
  };
  try {
    const dpop = getDPoPHandle(server.value, await dpopKeyPair(request.dpopKey));
    const { href } = await withNonce(dpop, (DPoP) => buildAuthorizationUrlWithPAR(server.value, parameters, { DPoP }));
    return ok({ authorizationUrl: href, pending: { ...request, state, codeVerifier } });
  } catch (thrown) {
    return err(failureOf(thrown, true));
  }
}

async function exchange(
  { clock }: OAuthClientDeps,
  servers: PeerServers,
  callbackUrl: string,
  pending: PendingAuthorization,
): Promise<Result<BoundToken, OAuthFailure>> {
  const callback = new URL(callbackUrl);
  if (callback.origin + callback.pathname !== pending.redirectUri) return err({ code: 'mismatch' });
  let asked = false;
  const server = await servers.configuration(pending.issuer, pending.clientId, () => {
    asked = true;
  });
  if (!server.ok) return server;
  try {
    const dpop = getDPoPHandle(server.value, await dpopKeyPair(pending.dpopKey));
    const checks = { expectedState: pending.state, pkceCodeVerifier: pending.codeVerifier };
    const answer = await withNonce(dpop, (DPoP) =>
      authorizationCodeGrant(server.value, callback, checks, { resource: pending.resource }, { DPoP }),
    );
    if (answer.token_type !== 'dpop' || !isSameDetail(answer.authorization_details, pending.detail))
      return err({ code: 'invalid-answer' });
    const expiresAt = later(clock.now(), (answer.expires_in ?? 0) * SECOND_MS).toISOString();
    return ok({ issuer: pending.issuer, accessToken: answer.access_token, expiresAt, dpopKey: pending.dpopKey });
  } catch (thrown) {
    return err(failureOf(thrown, asked));
  }
}

/** The token must say what was asked for, in particular the same handshake. */
function isSameDetail(granted: unknown, asked: ConsentDetail): boolean {
  if (!Array.isArray(granted) || granted.length !== 1) return false;
  const detail = granted[0] as Record<string, unknown>;
  return Object.entries(asked).every(([name, value]) => detail[name] === value);
}
