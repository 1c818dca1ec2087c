import { keepPreviousData, QueryCache, QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { readSession } from '../../../src/directory/contract.ts';
import type { CallOf, OutputOf, Route } from '../../../src/kernel/route.ts';
import { type CallArguments, call } from './client.ts';
import { ApiProblem, Unreachable } from './problem.ts';

/** A refusal stays a refusal; silence is asked again until somebody answers, with growing pauses up to 5 s. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, { queryKey }) => {
      // Signed out elsewhere: ask who is signed in, and the sign-in screen takes the place of this one.
      const ended = error instanceof ApiProblem && error.status === 401 && queryKey[0] !== readSession.path;
      if (ended) void queryClient.invalidateQueries({ queryKey: [readSession.path] });
    },
  }),
  defaultOptions: {
    queries: {
      retry: (_, error) => error instanceof Unreachable,
      retryDelay: (attempt) => Math.min(5_000, 500 * 2 ** attempt),
      networkMode: 'always',
      staleTime: 1_000,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always' },
  },
});

type Reading = { enabled?: boolean; every?: number | false };

export const queryKeyOf = (route: Route, args?: unknown): unknown[] => [route.path, args ?? null];

/** Reads one GET route; the last answer stays on screen while the next one travels. */
export function useRead<R extends Route>(
  route: R,
  args: CallOf<R>,
  { enabled = true, every = false }: Reading = {},
): UseQueryResult<OutputOf<R>, Error> {
  return useQuery<OutputOf<R>, Error>({
    queryKey: queryKeyOf(route, args),
    queryFn: () => call(route, ...([args] as unknown as CallArguments<R>)),
    enabled,
    refetchInterval: every,
    placeholderData: keepPreviousData,
  });
}
