import type { CallOf, OutputOf, Route } from '../../../src/kernel/route.ts';
import { noteAnswer, noteSilence } from './connectivity.ts';
import { ApiProblem, Unreachable } from './problem.ts';

type Arguments = { params?: unknown; query?: unknown; input?: unknown };
/** The arguments may be left out where the route asks for none. */
export type CallArguments<R extends Route> =
  Record<never, never> extends CallOf<R> ? [args?: CallOf<R>] : [args: CallOf<R>];

let csrfToken: string | null = null;

/** Every change made with the session cookie must carry this (GET /api/session answers with it). */
export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Calls one route of the instance. Throws ApiProblem when it refuses, Unreachable when it does not answer. */
export async function call<R extends Route>(route: R, ...[args]: CallArguments<R>): Promise<OutputOf<R>> {
  const { params, query, input } = (args ?? {}) as Arguments;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (input !== undefined) headers['content-type'] = 'application/json';
  if (route.method !== 'GET' && csrfToken !== null) headers['x-csrf-token'] = csrfToken;
  const answer = await reach(addressOf(route.path, params, query), {
    method: route.method,
    headers,
    credentials: 'same-origin',
    ...(input !== undefined && { body: JSON.stringify(input) }),
  });
  if (answer.status === 204) return undefined as OutputOf<R>;
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body as OutputOf<R>;
  throw new ApiProblem(answer.status, (body ?? {}) as Record<string, unknown>);
}

/** Statuses a reverse proxy gives when the instance behind it is away. */
const AWAY = new Set([502, 504]);

async function reach(address: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address, init);
  } catch (cause) {
    noteSilence();
    throw new Unreachable('The instance does not answer.', { cause });
  }
  if (AWAY.has(answer.status)) {
    noteSilence();
    throw new Unreachable('The instance does not answer.');
  }
  noteAnswer();
  return answer;
}

/** Path with its parameters filled in and the query behind it. Undefined and empty members are left out. */
export function addressOf(path: string, params: unknown, query: unknown): string {
  const values = (params ?? {}) as Record<string, string>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? filled : `${filled}?${search}`;
}
