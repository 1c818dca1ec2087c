import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, Problem, TooManyRequests } from '../kernel/index.ts';
import { addressOf, type HttpPlugin } from '../platform/http/index.ts';
import { type SxErrorCode, sxError, sxErrors } from '../protocol/index.ts';
import { refusalCounter } from './refusal-counter.ts';

/** A refusal on the wire. The peer is told the code alone; `detail` stays in our log. */
export class SxRefusal extends Error {
  override readonly name = 'SxRefusal';
  readonly code: SxErrorCode;
  readonly after: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: SxErrorCode,
    detail: string,
    more: {
      after?: number;
      headers?: Readonly<Record<string, string>>;
      extra?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(detail);
    this.code = code;
    this.after = more.after;
    this.headers = more.headers ?? {};
    this.extra = more.extra ?? {};
  }
}

export type WireRoute = {
  readonly method: 'POST' | 'PUT';
  readonly path: `/sx/v1/${string}`;
  readonly maxBytes: number;
  /**
   * Set where a connected peer proves itself before anything else: it is not made to wait for what others behind the same
   * address do.
   */
  readonly ownPace?: boolean;
  /** Answers with a compact JWS, or throws SxRefusal. `body` is the request body as ASCII text. */
  readonly answer: (body: string, request: FastifyRequest, reply: FastifyReply) => Promise<string>;
};

type WireLog = {
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};

/** Mounts routes that speak application/jose; every failure becomes one of the sx errors and nothing else. */
export function wirePlugin(
  deps: { clock: Clock; log: WireLog; sealed: () => boolean },
  routes: readonly WireRoute[],
): HttpPlugin {
  const refusals = refusalCounter(deps.clock);
  return async (app: FastifyInstance) => {
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/jose', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      scope.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
        const refusal = error instanceof SxRefusal ? error : translated(error);
        // NOTE not `code`: the log takes that for an authorization code and hides it.
        const fields = { refusal: refusal.code, path: request.routeOptions.url, detail: refusal.message };
        if (refusal.code === 'sx_unavailable') deps.log.error({ ...fields, err: error }, 'wire request failed');
        else deps.log.warn(fields, 'wire request refused');
        if (request.routeOptions.config.ownPace !== true) refusals.count(addressOf(request), refusal.code);
        return reply
          .code(sxErrors[refusal.code].status)
          .headers({ ...refusal.headers, ...(refusal.after !== undefined && { 'retry-after': String(refusal.after) }) })
          .type('application/json')
          .send(
            sxError(refusal.code, deps.clock.now(), {
              extra: refusal.extra,
              ...(refusal.after !== undefined && { after: refusal.after }),
            }),
          );
      });
      for (const route of routes) {
        scope.route({
          method: route.method,
          url: route.path,
          bodyLimit: route.maxBytes,
          config: { ownPace: route.ownPace === true },
          handler: async (request, reply) => {
            if (deps.sealed()) throw new SxRefusal('sx_unavailable', 'sealed', { after: 30 });
            if (route.ownPace !== true && refusals.tooMany(addressOf(request)))
              throw new SxRefusal('sx_busy', 'too many refused requests', { after: 60 });
            if (typeof request.body !== 'string') throw new SxRefusal('sx_malformed', 'no application/jose body');
            const answer = await route.answer(request.body, request, reply);
            return reply.type('application/jose').header('cache-control', 'no-store').send(answer);
          },
        });
      }
    });
  };
}

function translated(error: { statusCode?: number; message: string }): SxRefusal {
  if (error instanceof TooManyRequests) return new SxRefusal('sx_busy', error.message, { after: 60 });
  if (error instanceof Problem && error.status < 500) return new SxRefusal('sx_malformed', error.message);
  if (error.statusCode === 413) return new SxRefusal('sx_too_large', error.message);
  if (error.statusCode !== undefined && error.statusCode < 500) return new SxRefusal('sx_malformed', error.message);
  return new SxRefusal('sx_unavailable', error.message, { after: 5 });
}
