import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Route, UserActor } from '../../kernel/index.ts';

/** What a handler is told beside its parsed input. */
export type Call<R extends Route> = {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly input: Parsed<R['input']>;
  /** Null only on public routes that nobody signed in to. */
  readonly actor: UserActor | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

type Parsed<Schema> = Exclude<Schema, undefined> extends infer Given extends z.ZodType ? z.output<Given> : undefined;

/** A contract and the use-case that answers it. */
export type Endpoint<R extends Route = Route> = {
  readonly route: R;
  readonly handle: (call: Call<R>) => Promise<z.input<R['output']>>;
};

export const endpoint = <R extends Route>(route: R, handle: Endpoint<R>['handle']): Endpoint =>
  ({ route, handle }) as unknown as Endpoint;

/** Routes that are not JSON contracts: server-rendered pages, the wire between instances, the OAuth library's mount. */
export type HttpPlugin = (app: FastifyInstance) => void | Promise<void>;

/** Proof of who is calling, found by the directory from a cookie or a bearer token. */
export type Authentication = { readonly actor: UserActor; readonly csrfToken: string | null };
export type Authenticate = (request: FastifyRequest) => Promise<Authentication | null>;

/** The actor of a route whose permission is not public. */
export function signedInActor(call: { actor: UserActor | null }): UserActor {
  if (call.actor === null) throw new Error('this route must not be public');
  return call.actor;
}
