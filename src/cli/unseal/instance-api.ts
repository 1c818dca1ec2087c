import { signIn, signOut } from '../../directory/contract.ts';
import type { CallOf, OutputOf, Route } from '../../kernel/index.ts';

/** What an instance said no to, in its own words. */
export class ApiRefused extends Error {
  override readonly name = 'ApiRefused';
}

/** Nobody was there, or it was no instance. */
export class NoInstance extends Error {
  override readonly name = 'NoInstance';
}

export type InstanceApi = {
  call<R extends Route>(route: R, what: CallOf<R>): Promise<OutputOf<R>>;
  /** Leaves no session behind. */
  leave(): Promise<void>;
};

/** Unsealing opens every key, so an answer may take its time. */
const PATIENCE_MS = 60_000;

export const withToken = (origin: string, token: string): InstanceApi => ({
  call: async (route, what) => (await request(origin, route, what, { authorization: `Bearer ${token}` })).body,
  leave: async () => undefined,
});

/** Signs in as a person; the cookie and the token that goes with it are kept here only. */
export async function signedInAs(origin: string, username: string, password: string): Promise<InstanceApi> {
  const { cookie, body } = await request(origin, signIn, { input: { username, password } }, {});
  const headers = { cookie, 'x-csrf-token': body.csrfToken ?? '' };
  return {
    call: async (route, what) => (await request(origin, route, what, headers)).body,
    // A session that could not be ended here ends by itself.
    leave: () => request(origin, signOut, {}, headers).then(nothing, nothing),
  };
}

const nothing = (): void => undefined;

async function request<R extends Route>(origin: string, route: R, what: CallOf<R>, headers: Record<string, string>) {
  const { input } = what as { input?: unknown };
  const response = await fetch(origin + route.path, {
    method: route.method,
    headers: {
      accept: 'application/json',
      ...(input !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(input !== undefined && { body: JSON.stringify(input) }),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw new NoInstance(`${origin} does not answer. Start the instance, or name another address with --url.`, {
      cause: error,
    });
  });
  const body: unknown = await response.json().catch(() => {
    throw new NoInstance(`${origin} answers, but not as an instance of Liaise. Check the address.`);
  });
  if (!response.ok) throw new ApiRefused(wordsOf(body as ProblemBody));
  const cookie = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return { body: body as OutputOf<R>, cookie: cookie.join('; ') };
}

type ProblemBody = { title?: string; detail?: string; errors?: { field: string; message: string }[] };

const wordsOf = ({ title, detail, errors = [] }: ProblemBody): string =>
  [`${title ?? 'Refused'}: ${detail ?? ''}`, ...errors.map(({ field, message }) => `  ${field}: ${message}`)].join(
    '\n',
  );
