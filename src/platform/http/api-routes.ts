import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Config } from '../config/index.ts';
import { requireOwnPage, requirePermission } from './access-rules.ts';
import { callReader } from './call-input.ts';
import type { Authenticate, Authentication, Endpoint } from './endpoint.ts';
import { Sealed } from './problems.ts';
import { type FloodLimits, limitByAddress, limitByCaller, limitRoute } from './rate-limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null when nobody is signed in, and on routes that are no API contract. */
    authentication: Authentication | null;
  }
}

/** Contracts hold forms, not files. */
const LARGEST_BODY_BYTES = 256 * 1024;
/** A sealed instance unseals itself once its root key is back, so a caller may well try again. */
const SEALED_RETRY_SECONDS = 15;

export type ApiDeps = {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly endpoints: readonly Endpoint[];
  readonly authenticate: Authenticate;
  readonly sealed: () => boolean;
  readonly limits: FloodLimits;
};

/** Serves every contract: who is calling, whether they may, what they sent, the use-case, what it answers. */
export async function apiRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  acceptJsonOnly(app);
  const byAddress = limitByAddress(app, deps.limits.addressPerMinute);
  const byCaller = limitByCaller(app, deps.limits.userPerMinute);
  app.addHook('onRequest', async (request) => {
    await byAddress(request);
    request.authentication = await deps.authenticate(request);
    await byCaller(request);
  });
  for (const endpoint of deps.endpoints) app.route(routeOptions(app, endpoint, deps));
}

function routeOptions(app: FastifyInstance, { route, handle }: Endpoint, deps: ApiDeps): RouteOptions {
  const readCall = callReader(route);
  const byRoute = route.perMinute === undefined ? undefined : limitRoute(app, route, route.perMinute);
  return {
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: LARGEST_BODY_BYTES,
    onRequest: async (request: FastifyRequest) => {
      if (route.whileSealed !== true && deps.sealed()) throw sealedProblem();
      requirePermission(route.permission, request.authentication);
      // Signing in needs no token of a session that may still be open in another tab; the origin is checked all the same.
      const session = route.permission.kind === 'public' ? null : request.authentication;
      requireOwnPage(request, session, deps.config.publicUrl);
      await byRoute?.(request);
    },
    handler: async (request, reply) => {
      const actor = request.authentication?.actor ?? null;
      const answer = await handle({ ...readCall(request), actor, request, reply } as Parameters<typeof handle>[0]);
      reply.code(route.status);
      // A file, row by row: whoever made it has parsed what is in it.
      if ((answer as unknown) instanceof Readable) return reply.send(answer);
      // Parsed on the way out as well: members the contract does not name never leave.
      const body = route.output.parse(answer);
      return route.status === 204 ? reply.send() : reply.send(body);
    },
  };
}

const sealedProblem = (): Sealed =>
  new Sealed(
    'The root key cannot be reached, so nothing that needs keys works. Nothing was done. An operator finds the cause ' +
      'under Key Management > Health; the instance goes on by itself once the key is back.',
    { extra: { retryAfterSeconds: SEALED_RETRY_SECONDS } },
  );

/** A body is JSON or absent. Anything a plain HTML form could send is not understood, which forms of other sites rely on. */
function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    body.length === 0 ? done(null, undefined) : parse(request, body as string, done),
  );
}
