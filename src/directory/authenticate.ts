import type { FastifyRequest } from 'fastify';
import type { Clock, UserActor } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Authenticate } from '../platform/http/index.ts';
import { API_TOKEN_PREFIX } from './api-token.ts';
import { findApiToken, touchApiToken } from './api-token-repo.ts';
import { csrfTokenOf } from './csrf-token.ts';
import { TokenReadOnly } from './problems.ts';
import { secretHash } from './secret-hash.ts';
import { isSessionOver, SESSION_TOUCH_MS } from './session.ts';
import { readCookie, type SessionCookies } from './session-cookie.ts';
import { findSession, type SessionRow, touchSession } from './session-repo.ts';
import type { User } from './user.ts';
import { findUser } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly cookies: SessionCookies };

/**
 * Finds who calls, by an API token or else by the session cookie. Roles and activity are read anew on every request, so a
 * change of either holds from the next one on. Throws TokenReadOnly when a read-only token is used to change something.
 */
export const createAuthenticate =
  (deps: Deps): Authenticate =>
  async (request) => {
    const bearer = bearerToken(request);
    if (bearer !== null) {
      const actor = await actorOfToken(deps, bearer, request.method);
      return actor === null ? null : { actor, csrfToken: null };
    }
    const found = await sessionOf(deps, request);
    if (found === null) return null;
    return { actor: actorOfSession(found), csrfToken: csrfTokenOf(found.token) };
  };

export type LiveSession = { readonly token: string; readonly session: SessionRow; readonly user: User };

/** The running session of the browser behind `request`; null when it has none, or its person is inactive. */
export async function sessionOf(deps: Deps, request: FastifyRequest): Promise<LiveSession | null> {
  const token = readCookie(request, deps.cookies.session);
  if (token === null) return null;
  const session = await findSession(deps.db, secretHash(token));
  const now = deps.clock.now();
  if (session === null || isSessionOver(session, now)) return null;
  const user = await findUser(deps.db, session.userId);
  if (user === null || !user.active) return null;
  if (now.getTime() - session.lastSeenAt.getTime() >= SESSION_TOUCH_MS)
    await transact(deps.db, (tx) => touchSession(tx, session.tokenHash, now));
  return { token, session, user };
}

const actorOfSession = ({ session, user }: LiveSession): UserActor => ({
  kind: 'user',
  id: user.id,
  username: user.username,
  roles: new Set(user.roles),
  via: 'session',
  authenticatedAt: session.authenticatedAt,
});

/** Other schemes of `Authorization` are not ours: a proxy may use Basic beside our cookie. */
function bearerToken(request: FastifyRequest): string | null {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ', 2);
  return scheme?.toLowerCase() === 'bearer' ? (token ?? '') : null;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

async function actorOfToken(deps: Deps, token: string, method: string): Promise<UserActor | null> {
  if (!token.startsWith(API_TOKEN_PREFIX)) return null;
  const found = await findApiToken(deps.db, secretHash(token));
  const now = deps.clock.now();
  if (found === null || found.expiresAt <= now) return null;
  const user = await findUser(deps.db, found.userId);
  if (user === null || !user.active) return null;
  if (found.readOnly && !READING.has(method)) throw new TokenReadOnly();
  if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() >= SESSION_TOUCH_MS)
    await transact(deps.db, (tx) => touchApiToken(tx, found.id, now));
  return {
    kind: 'user',
    id: user.id,
    username: user.username,
    roles: new Set(user.roles.filter((role) => found.roles.includes(role))),
    via: 'token',
    authenticatedAt: found.createdAt,
  };
}
