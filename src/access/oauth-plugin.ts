import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Provider } from 'oidc-provider';
import { Problem } from '../kernel/index.ts';
import type { HttpPlugin } from '../platform/http/index.ts';
import { resourceOf } from './consent-detail.ts';
import { ERROR_PAGE_POLICY } from './error-page.ts';
import type { OAuthCookies } from './oauth-engine.ts';

/** Method and path of each thing the library answers; anything else under /oauth is not found. */
const LIBRARY_ROUTES = [
  ['GET', '/oauth/authorize'],
  ['GET', '/oauth/authorize/:uid'],
  ['POST', '/oauth/request'],
  ['POST', '/oauth/token'],
  ['GET', '/oauth/jwks'],
  ['GET', '/.well-known/oauth-authorization-server'],
] as const;

/** Seconds after which a peer should ask again while keys cannot be used. */
const RETRY_SECONDS = 30;

type Mount = {
  readonly engine: () => Promise<Provider>;
  readonly origin: string;
  readonly cookies: OAuthCookies;
};

/** Mounts the OAuth library and the two well-known documents on the bare origin. */
export function oauthPlugin(mount: Mount): HttpPlugin {
  return async (app) => {
    await app.register(async (scope) => {
      // The library reads the body itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const [method, url] of LIBRARY_ROUTES)
        scope.route({ method, url, handler: (request, reply) => answer(mount, request, reply) });
    });
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/sx/v1'])
      app.get(path, async () => protectedResource(mount.origin));
  };
}

async function answer(mount: Mount, request: FastifyRequest, reply: FastifyReply) {
  let provider: Provider;
  try {
    provider = await mount.engine();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return reply.code(503).header('retry-after', RETRY_SECONDS).send({ error: 'temporarily_unavailable' });
  }
  // From here the library writes the answer, so the headers that every answer has are handed over by hand.
  const headers = { ...reply.getHeaders(), 'content-security-policy': ERROR_PAGE_POLICY, 'cache-control': 'no-store' };
  reply.hijack();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) reply.raw.setHeader(name, value);
  pinRequest(request.raw, mount);
  await provider.callback()(request.raw, reply.raw);
  return reply;
}

/**
 * The library makes addresses, and judges proofs, from the request's own scheme and host. Both come from the configured
 * origin here, whatever the client or a proxy wrote. Its session cookie is taken away: no consent rests on an earlier one.
 */
function pinRequest(raw: FastifyRequest['raw'], { origin, cookies }: Mount): void {
  const { host, protocol } = new URL(origin);
  const url = new URL(raw.url ?? '/', origin);
  raw.url = url.pathname + url.search;
  raw.headers.host = host;
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  delete raw.headers['x-forwarded-host'];
  const sent = (raw.headers.cookie ?? '').split(/;\s*/);
  raw.headers.cookie = sent.filter((cookie) => !cookie.startsWith(cookies.oauthSession)).join('; ');
}

/** RFC 9728. */
const protectedResource = (origin: string) => ({
  resource: resourceOf(origin),
  authorization_servers: [origin],
  jwks_uri: `${origin}/oauth/jwks`,
  scopes_supported: ['sx:connect', 'sx:messages'],
  bearer_methods_supported: ['header'],
  dpop_signing_alg_values_supported: ['Ed25519'],
  dpop_bound_access_tokens_required: true,
});
