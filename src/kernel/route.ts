import type { z } from 'zod';
import type { Permission } from './role.ts';

/**
 * One HTTP operation, declared once. The server validates and answers with it, the console calls it, OpenAPI and the
 * docs are printed from it. `path` writes parameters as `{name}`.
 */
export type Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/api/${string}`;
  readonly permission: Permission;
  readonly summary: string;
  readonly status: 200 | 201 | 202 | 204;
  readonly params?: Params;
  readonly query?: Query;
  readonly input?: Input;
  readonly output: Output;
  /** Slugs of the problems a caller should expect, beside those every route can answer with. */
  readonly problems: readonly string[];
  /** Calls allowed for one user (or address, when nobody is signed in) in a minute. */
  readonly perMinute?: number;
  /** Answered while the instance is sealed (no root key): signing in, reading why, health. */
  readonly whileSealed?: boolean;
};

type Declared<P extends z.ZodType, Q extends z.ZodType, I extends z.ZodType, O extends z.ZodType> = Omit<
  Route<P, Q, I, O>,
  'status' | 'problems'
> & { readonly status?: Route['status']; readonly problems?: readonly string[] };

export function route<
  O extends z.ZodType,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  I extends z.ZodType = z.ZodUndefined,
>(declared: Declared<P, Q, I, O>): Route<P, Q, I, O> {
  return { status: 200, problems: [], ...declared };
}

/** What a caller sends to a route, before defaults are filled in. */
export type CallOf<R> =
  R extends Route<infer P, infer Q, infer I, z.ZodType>
    ? Part<'params', P> & Part<'query', Q> & Part<'input', I>
    : never;

export type OutputOf<R> = R extends Route<z.ZodType, z.ZodType, z.ZodType, infer O> ? z.output<O> : never;

type Part<Name extends string, Schema extends z.ZodType> = Schema extends z.ZodUndefined
  ? { readonly [K in Name]?: undefined }
  : { readonly [K in Name]: z.input<Schema> };
