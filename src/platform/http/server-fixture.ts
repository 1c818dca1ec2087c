import { z } from 'zod';
import { anyOf, type Role, route, systemRandom, type UserActor, type UserId } from '../../kernel/index.ts';
import { createLog } from '../log/index.ts';
import { buildServer, type ServerDeps } from './build-server.ts';
import type { Authentication, Endpoint } from './endpoint.ts';

export const ORIGIN = 'https://exchange.example.com';

/** Tests sign in by a header that says how and as what: `session admin,sn_sb.admin`. */
const PERSON = 'x-test-person';
export const asSession = (...roles: Role[]) => ({ [PERSON]: `session ${roles.join()}`, 'x-csrf-token': 'right' });
export const asToken = (...roles: Role[]) => ({ [PERSON]: `token ${roles.join()}` });

export function authenticationOf(header: string | string[] | undefined): Authentication | null {
  if (typeof header !== 'string') return null;
  const [via, roles = ''] = header.split(' ') as ['session' | 'token', string?];
  const actor: UserActor = {
    kind: 'user',
    id: `usr_${'0'.repeat(32)}` as UserId,
    username: 'ada',
    roles: new Set(roles.split(',').filter((role) => role !== '') as Role[]),
    via,
    authenticatedAt: new Date(0),
  };
  return { actor, csrfToken: via === 'session' ? 'right' : null };
}

export const saveThing = route({
  method: 'POST',
  path: '/api/things/{number}',
  permission: anyOf('admin'),
  summary: 'Saves a thing.',
  status: 201,
  params: z.object({ number: z.string().regex(/^THI\d+$/) }),
  query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
  input: z.object({ name: z.string().min(1), size: z.number().optional() }),
  output: z.object({ number: z.string(), name: z.string(), limit: z.number() }),
  problems: ['kernel/conflict'],
});

export function testServer(endpoints: readonly Endpoint[], changed: Partial<ServerDeps> = {}) {
  return buildServer({
    config: { publicUrl: new URL(ORIGIN), trustProxy: [] },
    log: createLog({ logLevel: 'silent' }),
    random: systemRandom,
    endpoints,
    plugins: [],
    authenticate: async (request) => authenticationOf(request.headers[PERSON]),
    changes: { subscribe: () => () => undefined },
    mayWatch: async () => true,
    sealed: () => false,
    readiness: async () => [],
    consoleDir: '/nonexistent',
    version: '1.2.3',
    ...changed,
  });
}
