import { type Configuration, errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Result } from '../kernel/index.ts';
import { adapterFactory } from './adapter.ts';
import { type ConsentDetail, consentDetail, resourceOf } from './consent-detail.ts';
import { errorPage } from './error-page.ts';
import type { EngineDeps, EngineSecrets } from './oauth-engine.ts';
import { recordHash } from './sealed-record.ts';
import { TokenSigningKey } from './signing-key.ts';

/** The two questions that only the room with the registrations can answer. */
export type ConsentPolicy = {
  /** Asked when a peer pushes its request: is this detail the running attempt of this client? The error reaches the peer. */
  check(clientId: string, detail: ConsentDetail): Promise<Result<void, string>>;
  /** Asked again right before a code is made, whatever the page decided. */
  mayConsent(accountId: string, detail: ConsentDetail): Promise<boolean>;
};

/** Long enough to read the page and sign in; the attempt itself ends after 15 minutes (protocol.md B.8). */
const INTERACTION_SECONDS = 15 * 60;
const CODE_SECONDS = 60;
const TOKEN_SECONDS = 300;

/** Everything the OAuth library is told. What is not named here is off. Source: docs/protocol/oauth.md; FAPI 2.0 profile. */
export function engineConfiguration(deps: EngineDeps, secrets: EngineSecrets): Configuration {
  const { cookies } = deps;
  const attributes = { httpOnly: true, sameSite: 'lax', secure: cookies.secure } as const;
  return {
    adapter: adapterFactory(deps),
    jwks: { keys: [new TokenSigningKey(deps.keys, secrets.signing)] },
    cookies: {
      names: { session: cookies.oauthSession, interaction: cookies.interaction, resume: cookies.resume },
      long: attributes,
      short: attributes,
      keys: [...secrets.cookieKeys],
    },
    routes: {
      authorization: '/oauth/authorize',
      pushed_authorization_request: '/oauth/request',
      token: '/oauth/token',
      jwks: '/oauth/jwks',
    },
    scopes: [],
    claims: {},
    responseTypes: ['code'],
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: {
      grant_types: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: 'Ed25519',
    },
    enabledJWA: {
      clientAuthSigningAlgValues: ['Ed25519'],
      dPoPSigningAlgValues: ['Ed25519'],
      idTokenSigningAlgValues: ['Ed25519'],
    },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    // A proof may be ten seconds off (FAPI 2.0 section 5.3.2.1); more is a broken clock.
    clockTolerance: 10,
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      AccessToken: TOKEN_SECONDS,
      ClientCredentials: TOKEN_SECONDS,
      // The grant is what keeps a token alive (resource-guard.ts): it outlives the last token of the code.
      Grant: INTERACTION_SECONDS + CODE_SECONDS + TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      Session: INTERACTION_SECONDS,
    },
    features: features(deps, secrets.nonceSecret),
    interactions: { policy: promptPolicy(deps.policy), url: (_ctx, interaction) => `/consent/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    // Binds the token to its grant, so that a code used twice, or a consent taken back, ends the token as well.
    extraTokenClaims: (_ctx, token) =>
      token.kind === 'AccessToken' && token.grantId ? { grant: recordHash('Grant', token.grantId) } : undefined,
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => {
      if (claims.aud !== deps.origin) throw new errors.InvalidClientAuth('aud must be the issuer, as one string');
    },
    issueRefreshToken: () => false,
    expiresWithSession: () => false,
    clientBasedCORS: () => false,
    // Every client's keys are in its row: the server calls nobody.
    fetch: () => {
      throw new Error('the authorization server makes no outbound request');
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out.error, out.error_description);
    },
  };
}

function features(deps: EngineDeps, nonceSecret: Buffer): NonNullable<Configuration['features']> {
  const resource = resourceOf(deps.origin);
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    fapi: { enabled: true, profile: '2.0' },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    dPoP: { enabled: true, nonceSecret, requireNonce: () => true, allowReplay: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined as unknown as string,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, asked, client) => {
        if (asked !== resource) throw new errors.InvalidTarget();
        return {
          scope: client.grantTypeAllowed('authorization_code') ? 'sx:connect' : 'sx:messages',
          audience: resource,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'Ed25519' } },
        };
      },
    },
    richAuthorizationRequests: {
      enabled: true,
      types: {
        sx_connect: { validate: (ctx, detail, client) => validateDetail(deps.policy, ctx, detail, client.clientId) },
      },
      authorizationDetailsForGrantSource: (ctx) => ctx.oidc.entities.Grant?.rar,
      authorizationDetailsForAccessToken: (_ctx, _token, source) => source?.rar,
      authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
    },
  };
}

async function validateDetail(policy: ConsentPolicy, ctx: KoaContextWithOIDC, detail: unknown, clientId: string) {
  const parsed = consentDetail.safeParse(detail);
  if (!parsed.success) throw new errors.InvalidAuthorizationDetails('the detail is not a valid sx_connect');
  if (oneDetail(ctx.oidc.params?.authorization_details) === undefined)
    throw new errors.InvalidAuthorizationDetails('ask for one sx_connect and nothing else');
  // Another scope would never be granted, and the library would ask the person for it again and again.
  if (ctx.oidc.params?.scope !== 'sx:connect') throw new errors.InvalidScope('ask for sx:connect', 'sx:connect');
  const allowed = await policy.check(clientId, parsed.data);
  if (!allowed.ok) throw new errors.InvalidAuthorizationDetails(allowed.error);
}

/** The one detail of a request as the library keeps it; undefined when there is another number of them. */
export function oneDetail(text: unknown): ConsentDetail | undefined {
  if (typeof text !== 'string') return undefined;
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  return consentDetail.safeParse(list[0]).data;
}

/**
 * The library's own prompts (sign in, then consent; both answered by one submission), and after them the question whether
 * this person may consent at all: a second net under the page, which asks first.
 */
function promptPolicy(policy: ConsentPolicy): interactionPolicy.Prompt[] {
  const { Check, Prompt, base } = interactionPolicy;
  const prompts = base();
  const check = new Check('contact_mismatch', 'another person is named', 'access_denied', async (ctx) => {
    const { session, params } = ctx.oidc;
    const detail = oneDetail(params?.authorization_details);
    if (detail === undefined) throw new errors.AccessDenied('no_detail');
    if (session?.accountId === undefined || !(await policy.mayConsent(session.accountId, detail)))
      throw new errors.AccessDenied('contact_mismatch');
    return Check.NO_NEED_TO_PROMPT;
  });
  prompts.add(new Prompt({ name: 'sx_contact', requestable: false }, check));
  return prompts;
}
