import { readSession } from '../directory/contract.ts';
import type { CallOf, OutputOf, Route } from '../kernel/index.ts';
import type { Browser } from './browser.ts';

/** A refused call, with what the instance said. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
  readonly status: number;
  readonly problem: { type?: string; title?: string; detail?: string; errors?: { field: string; message: string }[] };

  constructor(route: Route, status: number, problem: CallRefused['problem']) {
    super(`${route.method} ${route.path} was refused (${status}): ${problem.detail ?? problem.title ?? 'no detail'}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The public API of one instance, called by the person behind a browser. */
export type ApiCaller = {
  call<R extends Route>(route: R, what: CallOf<R>): Promise<OutputOf<R>>;
};

type Loose = { params?: Record<string, string>; query?: Record<string, unknown>; input?: unknown };

export function apiCaller(browser: Browser, origin: string): ApiCaller {
  const csrfToken = async (): Promise<string | null> => {
    const response = await browser.json('GET', `${origin}${readSession.path}`, undefined);
    return ((await response.json()) as { csrfToken: string | null }).csrfToken;
  };
  return {
    call: async (route, what) => {
      const { params = {}, query = {}, input } = what as Loose;
      const url = new URL(
        route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '')),
        origin,
      );
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) url.searchParams.set(name, String(value));
      const token = route.method === 'GET' ? null : await csrfToken();
      const headers = token === null ? {} : { 'x-csrf-token': token };
      const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : (input ?? {});
      const response = await browser.json(
        route.method,
        url.href,
        route.input === undefined ? undefined : body,
        headers,
      );
      const answer: unknown = await response.json().catch(() => ({}));
      if (!response.ok) throw new CallRefused(route, response.status, answer as CallRefused['problem']);
      return answer as OutputOf<typeof route>;
    },
  };
}
