import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MINUTE_MS, type Route, TooManyRequests } from '../../kernel/index.ts';

/**
 * Calls in a minute that one address, and one signed-in person, may make in all. A flood guard, not a quota: a whole
 * office may share an address, and a program with a token works through lists quickly. Counted by each node for itself.
 */
export type FloodLimits = { readonly addressPerMinute: number; readonly userPerMinute: number };
export const floodLimits: FloodLimits = { addressPerMinute: 12_000, userPerMinute: 6_000 };

/** Remembered callers; an older one is forgotten, which lets it start over. */
const CALLERS = 20_000;

type Limit = (request: FastifyRequest) => Promise<void>;

export async function registerRateLimits(app: FastifyInstance): Promise<void> {
  await app.register(fastifyRateLimit, { global: false, cache: CALLERS });
}

export const addressOf = (request: FastifyRequest): string => normalizeIP(request.ip);

/** Signed in: the person, wherever from. Otherwise the address. */
const callerOf = (request: FastifyRequest): string => request.authentication?.actor.id ?? addressOf(request);

export const limitByAddress = (app: FastifyInstance, perMinute: number): Limit =>
  limit(app, perMinute, (request) => `all ${addressOf(request)}`);

export const limitByCaller = (app: FastifyInstance, perMinute: number): Limit =>
  limit(app, perMinute, (request) => `all ${callerOf(request)}`);

export const limitRoute = (app: FastifyInstance, route: Route, perMinute: number): Limit =>
  limit(app, perMinute, (request) => `${route.method} ${route.path} ${callerOf(request)}`);

/** Throws TooManyRequests above `max` calls of one key in a minute. */
function limit(app: FastifyInstance, max: number, keyGenerator: (request: FastifyRequest) => string): Limit {
  const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator });
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw new TooManyRequests(
      `More than ${max} such calls in a minute. Nothing was done. Try again in ${counted.ttlInSeconds} seconds.`,
      { extra: { retryAfterSeconds: counted.ttlInSeconds } },
    );
  };
}
