import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { NotFound } from '../../kernel/index.ts';
import type { Config } from '../config/index.ts';
import { equal } from './access-rules.ts';

/** One thing without which the instance cannot work. `why` is public: no address, no secret. */
export type ReadinessPart = { readonly name: string; readonly ready: boolean; readonly why?: string };
export type Readiness = readonly ReadinessPart[];

type Deps = {
  readonly config: Pick<Config, 'metricsToken'>;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Registry;
};

/** What operators' machines ask: does the process run, can it work, how is it doing. */
export function statusRoutes(app: FastifyInstance, { config, readiness, metrics }: Deps): void {
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const parts = await readiness();
    const ready = parts.every((part) => part.ready);
    return reply.code(ready ? 200 : 503).send({ ready, parts });
  });

  app.get('/metrics', async (request, reply) => {
    const token = config.metricsToken?.reveal();
    const allowed =
      token === undefined ? isLocal(request) : equal(request.headers.authorization ?? '', `Bearer ${token}`);
    if (!allowed) throw new NotFound('There is nothing here for you.');
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}

/** From this machine itself: a proxy on this machine forwards for others, and says so in a header. */
const isLocal = (request: FastifyRequest): boolean =>
  /^(127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '') &&
  request.headers['x-forwarded-for'] === undefined &&
  request.headers.forwarded === undefined;
