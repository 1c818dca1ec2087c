import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Forbidden, type Permission, permits, type Role, Unauthenticated } from '../../kernel/index.ts';
import type { Authentication } from './endpoint.ts';
import { CsrfTokenWrong, ForeignOrigin } from './problems.ts';

/** Throws unless the caller's roles allow the call. The text names what is missing and who can give it. */
export function requirePermission(permission: Permission, authentication: Authentication | null): void {
  const held = authentication?.actor.roles;
  if (permits(permission, held)) return;
  if (held === undefined || permission.kind === 'public' || permission.kind === 'signed-in') {
    throw new Unauthenticated('Nobody is signed in with this call. Nothing was done. Sign in and try again.');
  }
  const missing = permission.roles.filter((role) => !held.has(role));
  throw new Forbidden(
    `${missingText(permission.kind, missing)} Nothing was done. ${whoGrants(missing)}, under Directory > Contacts.`,
    { extra: { missingRoles: missing } },
  );
}

const missingText = (kind: 'any-of' | 'all-of', missing: readonly Role[]): string =>
  missing.length === 1
    ? `This needs the role ${missing[0]}, which you do not hold.`
    : `This needs ${kind === 'any-of' ? 'one of the roles' : 'the roles'} ${missing.join(kind === 'any-of' ? ' or ' : ' and ')}.`;

/** Key management roles are given by two roles together, so that no single administrator reaches the keys (OQ-26). */
const whoGrants = (missing: readonly Role[]): string =>
  missing.some((role) => role.startsWith('sn_kmf.'))
    ? 'Somebody who holds both admin and security_admin, or sn_kmf.admin, can give it'
    : 'An administrator can give it';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Keeps other sites from acting through a person's browser: a changing call must not come from a page of another origin
 * and, with a session cookie, must carry the session's token. Programs with a bearer token carry no ambient rights.
 */
export function requireOwnPage(
  request: FastifyRequest,
  authentication: Authentication | null,
  publicUrl: URL | null,
): void {
  if (SAFE_METHODS.includes(request.method) || authentication?.actor.via === 'token') return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign = origin === undefined ? site === 'cross-site' : !isOwnOrigin(origin, request, publicUrl);
  if (foreign) {
    throw new ForeignOrigin('A page of another site sent this. Nothing was done. Use the console of this instance.');
  }
  if (authentication === null) return;
  const sent = request.headers['x-csrf-token'];
  if (authentication.csrfToken === null || typeof sent !== 'string' || !equal(sent, authentication.csrfToken)) {
    throw new CsrfTokenWrong(
      'The header X-CSRF-Token is missing or old. Nothing was done. Read it from GET /api/session and try again.',
    );
  }
}

/** Before a public URL is configured, the instance is only reached on loopback, under whatever name that has. */
const isOwnOrigin = (origin: string, request: FastifyRequest, publicUrl: URL | null): boolean =>
  origin === (publicUrl === null ? `http://${request.host}` : publicUrl.origin);

export function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
