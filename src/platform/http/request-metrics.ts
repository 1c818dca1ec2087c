import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { SECOND_MS } from '../../kernel/index.ts';

/** Times every answer and logs one line for it: the route's pattern, never the address, whose query may hold a code. */
export function requestMetrics(app: FastifyInstance, metrics: Registry): void {
  const duration = new Histogram({
    name: 'liaise_http_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [metrics],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = reply.statusCode;
    duration.observe({ method, route, status }, reply.elapsedTime / SECOND_MS);
    request.log.debug({ method, route, status, durationMs: Math.round(reply.elapsedTime) }, 'answered');
  });
}
