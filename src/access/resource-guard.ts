import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { type Clock, err, later, MINUTE_MS, ok, type Result } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { accessTokenHash } from '../protocol/index.ts';
import type { ClientPhase, Owner } from './client.ts';
import { findClient } from './client-repo.ts';
import { type ConsentDetail, consentDetail, resourceOf, type Scope, scopes } from './consent-detail.ts';
import { resourceNonces } from './dpop-nonce.ts';
import type { ServerKeys } from './oauth-engine.ts';
import { grantLives, rememberProof } from './oauth-record-repo.ts';
import { recordHash } from './sealed-record.ts';

/** Who is calling /sx/v1, proved: a token of ours, bound to a key whose proof covers this very request. */
export type PeerCall = {
  readonly clientId: string;
  readonly phase: ClientPhase;
  readonly owner: Owner;
  /** The account that consented (scope sx:connect), or the client itself (scope sx:messages). */
  readonly subject: string;
  readonly scope: Scope;
  /** What was consented to; only with scope sx:connect. */
  readonly detail: ConsentDetail | undefined;
  readonly tokenId: string;
  /** SHA-256 of the access token, base64url: the `ath` that statements name. */
  readonly tokenHash: string;
  readonly dpopJkt: string;
};

export type GuardRefusal = {
  readonly status: 400 | 401 | 403;
  readonly code: 'invalid_request' | 'invalid_token' | 'use_dpop_nonce' | 'insufficient_scope';
  /** To be sent with the refusal: WWW-Authenticate, and DPoP-Nonce where one is asked for. */
  readonly headers: Readonly<Record<string, string>>;
};

/** The parts of a request that a proof covers; `fastifyRequest.raw` is one. */
export type GuardedRequest = {
  readonly method?: string | undefined;
  /** Path and query, as on the request line. */
  readonly url?: string | undefined;
  /** Names and values in turn, as received: only here two headers of one name are still two. */
  readonly rawHeaders: readonly string[];
};

export type ResourceGuard = {
  /** Verifies the token, its binding, the proof's freshness and single use, and that client and consent still exist. */
  check(request: GuardedRequest, needed: Scope): Promise<Result<PeerCall, GuardRefusal>>;
  /** A nonce that the next proof may use: send it as DPoP-Nonce with successful answers too. */
  nonce(): Promise<string>;
};

export type GuardDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly keys: ServerKeys;
  readonly origin: string;
};

/** A proof is accepted at most five minutes around its `iat`; remembered for longer than that on either side. */
const PROOF_KEPT_MS = 11 * MINUTE_MS;

const USABLE: ReadonlySet<string> = new Set(['active', 'deactivated']);

const tokenClaims = z.object({
  client_id: z.string(),
  sub: z.string(),
  jti: z.string(),
  scope: z.enum(scopes),
  grant: z.string().optional(),
  authorization_details: z.tuple([consentDetail]).optional(),
  cnf: z.object({ jkt: z.string() }),
});
type TokenClaims = z.output<typeof tokenClaims>;

const proofClaims = z.object({ jti: z.string().min(1), nonce: z.string().optional() });

/** The gate of /sx/v1. Source: RFC 9068 section 4, RFC 9449 sections 7 and 9. */
export function resourceGuard(deps: GuardDeps): ResourceGuard {
  const nonces = resourceNonces(() => deps.keys.mac('sx.oauth.web'), deps.clock);

  async function refusal(status: GuardRefusal['status'], code: GuardRefusal['code']) {
    const nonce: Record<string, string> = code === 'use_dpop_nonce' ? { 'dpop-nonce': await nonces.issue() } : {};
    const challenge = `DPoP error="${code}", algs="Ed25519"`;
    return err({ status, code, headers: { 'www-authenticate': challenge, 'cache-control': 'no-store', ...nonce } });
  }

  return {
    nonce: nonces.issue,
    async check(request, needed) {
      const sent = credentials(request.rawHeaders);
      if (sent === 'repeated') return refusal(400, 'invalid_request');
      if (sent === 'missing') return refusal(401, 'invalid_token');
      const token = await verified(deps, request, sent);
      const proof = proofClaims.safeParse(unverifiedClaims(sent.proof)).data;
      if (token === undefined || proof === undefined) return refusal(401, 'invalid_token');
      if (proof.nonce === undefined || !(await nonces.accepts(proof.nonce))) return refusal(401, 'use_dpop_nonce');
      const call = await liveCall(deps, token, sent.token);
      if (call === undefined) return refusal(401, 'invalid_token');
      if (call.scope !== needed) return refusal(403, 'insufficient_scope');
      if (!(await firstUse(deps, `${token.cnf.jkt}|${proof.jti}`))) return refusal(401, 'invalid_token');
      return ok(call);
    },
  };
}

type Credentials = { readonly authorization: string; readonly token: string; readonly proof: string };

/** Exactly one Authorization and one DPoP header: with two, what was verified and what is used could differ. */
function credentials(rawHeaders: readonly string[]): Credentials | 'missing' | 'repeated' {
  const values = (name: string) =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  const [authorization, ...otherAuthorizations] = values('authorization');
  const [proof, ...otherProofs] = values('dpop');
  if (otherAuthorizations.length > 0 || otherProofs.length > 0) return 'repeated';
  const token = /^DPoP ([A-Za-z0-9._-]+)$/i.exec(authorization ?? '')?.[1];
  if (authorization === undefined || token === undefined || proof === undefined) return 'missing';
  return { authorization, token, proof };
}

/** Signature, issuer, audience, time, `typ` of the token, and a proof by its key over method, address and token. */
async function verified(
  { keys, origin }: GuardDeps,
  request: GuardedRequest,
  sent: Credentials,
): Promise<TokenClaims | undefined> {
  const { pathname, search } = new URL(request.url ?? '/', origin);
  const headers = { authorization: sent.authorization, dpop: sent.proof };
  const asked = new Request(origin + pathname + search, { method: request.method ?? 'GET', headers });
  // A key under suspicion vouches for nothing: a new token costs the peer one request.
  const published = (await keys.publicKeys('sx.oauth.as')).filter(({ state }) => USABLE.has(state));
  const jwks = { keys: published.map(({ kid, jwk }) => ({ ...jwk, kid, alg: 'Ed25519', use: 'sig' })) };
  // A new object each time: the library remembers key sets by it, and a revoked key must be gone with the next request.
  const server = { issuer: origin, jwks_uri: `${origin}/oauth/jwks` };
  const options = {
    requireDPoP: true,
    signingAlgorithms: ['Ed25519'],
    // Our own keys: what the library would download is answered here.
    [oauth.customFetch]: async () => Response.json(jwks),
    [oauth.allowInsecureRequests]: origin.startsWith('http:'),
  };
  try {
    return tokenClaims.parse(await oauth.validateJwtAccessToken(server, asked, resourceOf(origin), options));
  } catch {
    // Whatever is wrong with what a peer sent, the answer is the same.
    return undefined;
  }
}

/** The payload of a JWS whose signature has been verified already. */
function unverifiedClaims(jws: string): unknown {
  try {
    return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The call, if what stands behind the token still stands: the client, and for a consent the grant. */
async function liveCall(
  { db, clock }: GuardDeps,
  token: TokenClaims,
  accessToken: string,
): Promise<PeerCall | undefined> {
  const client = await findClient(db, token.client_id);
  if (client === undefined) return undefined;
  const consented = token.scope === 'sx:connect';
  if (consented && !(token.grant !== undefined && (await grantLives(db, token.grant, clock.now())))) return undefined;
  if (!consented && (client.phase !== 'keyed' || token.sub !== token.client_id)) return undefined;
  return {
    clientId: client.clientId,
    phase: client.phase,
    owner: client.owner,
    subject: token.sub,
    scope: token.scope,
    detail: consented ? token.authorization_details?.[0] : undefined,
    tokenId: token.jti,
    tokenHash: accessTokenHash(accessToken),
    dpopJkt: token.cnf.jkt,
  };
}

async function firstUse({ db, clock }: GuardDeps, proof: string): Promise<boolean> {
  const now = clock.now();
  return transact(db, (tx) => rememberProof(tx, recordHash('ResourceProof', proof), later(now, PROOF_KEPT_MS), now));
}
