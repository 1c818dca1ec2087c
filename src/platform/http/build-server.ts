import fastifyCookie from '@fastify/cookie';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { Registry } from 'prom-client';
import { type Random, SECOND_MS } from '../../kernel/index.ts';
import type { Config } from '../config/index.ts';
import type { Log } from '../log/index.ts';
import { apiRoutes } from './api-routes.ts';
import { consoleFiles } from './console-files.ts';
import type { Authenticate, Endpoint, HttpPlugin } from './endpoint.ts';
import { listExports } from './list-exports.ts';
import { type LiveEventsDeps, liveEvents } from './live-events.ts';
import { openApiDocument } from './openapi.ts';
import { sendProblem } from './problem-response.ts';
import { type FloodLimits, floodLimits, limitByAddress, registerRateLimits } from './rate-limits.ts';
import { refuseNul } from './refuse-nul.ts';
import { requestMetrics } from './request-metrics.ts';
import { securityHeaders } from './security-headers.ts';
import { type Readiness, statusRoutes } from './status-routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that limits its callers by who they have proved to be: the guard against floods from one address passes it by. */
    ownPace?: boolean;
  }
}

export type ServerDeps = {
  readonly config: Pick<Config, 'publicUrl' | 'trustProxy' | 'metricsToken'>;
  readonly log: Log;
  readonly random: Random;
  readonly endpoints: readonly Endpoint[];
  readonly plugins: readonly HttpPlugin[];
  readonly authenticate: Authenticate;
  readonly changes: LiveEventsDeps['changes'];
  readonly mayWatch: LiveEventsDeps['mayWatch'];
  readonly sealed: () => boolean;
  readonly readiness: () => Promise<Readiness>;
  /** Where the console was built; absent files mean an instance without a console. */
  readonly consoleDir: string;
  readonly version: string;
  /** Absent: a registry of its own. */
  readonly metrics?: Registry;
  readonly limits?: FloodLimits;
  readonly heartbeatMs?: number;
};

/** Time for answers under way when the program is asked to stop. */
const CLOSING_GRACE_MS = 5 * SECOND_MS;
/** Time for a client to send its request: a body of 256 KiB over a poor line. */
const REQUEST_TIMEOUT_MS = 60 * SECOND_MS;
const REQUEST_ID_BYTES = 8;

/** Builds the HTTP server; the caller listens. */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const { config, metrics = new Registry(), random } = deps;
  const app: FastifyInstance = fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => random.bytes(REQUEST_ID_BYTES).toString('hex'),
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  app.decorateRequest('authentication', null);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  const headers = securityHeaders(config.publicUrl);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers).header('x-request-id', request.id);
  });
  app.addHook('preValidation', refuseNul);
  closeWithinGrace(app);
  requestMetrics(app, metrics);
  await app.register(fastifyCookie);
  await registerRateLimits(app);
  statusRoutes(app, { config, readiness: deps.readiness, metrics });
  liveEvents(app, deps);
  const endpoints = [...deps.endpoints, ...listExports(deps.endpoints)];
  const openApi = openApiDocument(
    endpoints.map(({ route }) => route),
    deps.version,
  );
  app.get('/api/openapi.json', async () => openApi);
  const { limits = floodLimits } = deps;
  await app.register((api) => apiRoutes(api, { ...deps, endpoints, limits }));
  const byAddress = limitByAddress(app, limits.addressPerMinute);
  for (const plugin of deps.plugins) {
    await app.register(async (scope) => {
      scope.addHook('onRequest', async (request) => {
        if (request.routeOptions.config.ownPace !== true) await byAddress(request);
      });
      await plugin(scope);
    });
  }
  await consoleFiles(app, deps.consoleDir);
  return app;
}

/** Answers under way may finish, live streams are ended, and what still hangs after the grace is cut. */
function closeWithinGrace(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const cut = setTimeout(() => app.server.closeAllConnections(), CLOSING_GRACE_MS);
    app.server.once('close', () => clearTimeout(cut));
    cut.unref();
  });
}
