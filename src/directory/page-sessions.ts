import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, err, ok, type Random, type Result, type Role, randomToken, type UserId } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import { type LiveSession, sessionOf } from './authenticate.ts';
import type { CompanyId } from './company.ts';
import { csrfTokenOf } from './csrf-token.ts';
import { endSession } from './end-session.ts';
import type { Passwords } from './password.ts';
import { TooManyAttempts } from './problems.ts';
import { sameSecret } from './secret-hash.ts';
import type { AuthenticationMethod } from './session.ts';
import { clearCookie, formCookieName, readCookie, type SessionCookies, setCookie } from './session-cookie.ts';
import { signInWithPassword } from './sign-in-with-password.ts';

/** Who looks at a server-rendered page, and how and when they proved it. */
export type PageUser = {
  readonly id: UserId;
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly companyId: CompanyId | null;
  readonly roles: ReadonlySet<Role>;
  readonly authenticatedAt: Date;
  /** RFC 8176: `pwd` a password, `otp` a one-time link. */
  readonly amr: readonly AuthenticationMethod[];
};

export type PageSignInRefusal = { readonly code: 'refused' } | { readonly code: 'wait'; readonly seconds: number };

/** Sign-in for pages that are rendered here and work without a script. They share the console's session. */
export type PageSessions = {
  /** Null when nobody is signed in with this browser. */
  currentUser(request: FastifyRequest): Promise<PageUser | null>;
  /** Proves a person and puts a new session's cookie on the reply. Check the form's token first. */
  signInForPage(asked: {
    readonly username: string;
    readonly password: string;
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  }): Promise<Result<PageUser, PageSignInRefusal>>;
  /** Ends this browser's session, for "sign in as someone else". Check the form's token first. */
  signOutForPage(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** A hidden field for a form on the page; may put a cookie on the reply. */
  formToken(request: FastifyRequest, reply: FastifyReply): string;
  /** True when the form was shown by this instance to this browser. Call it before anything else on a POST. */
  isFormTokenRight(request: FastifyRequest, token: unknown): boolean;
};

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly passwords: Passwords;
  readonly cookies: SessionCookies;
};

const FORM_COOKIE_BYTES = 32;

export function createPageSessions(deps: Deps): PageSessions {
  const { session, secure } = deps.cookies;
  const formCookie = formCookieName(deps.cookies);
  return {
    currentUser: async (request) => {
      const live = await sessionOf(deps, request);
      return live === null ? null : pageUser(live);
    },
    signInForPage: async ({ username, password, request, reply }) => {
      const asked = { username, password, address: request.ip, replaces: readCookie(request, session) };
      const proved = await signInWithPassword(deps, asked).catch(waiting);
      if (!proved.ok) return proved.error === 'refused' ? err({ code: 'refused' }) : err(proved.error);
      setCookie(reply, session, proved.value.token, secure);
      const { user } = proved.value;
      return ok({ ...person(user), authenticatedAt: deps.clock.now(), amr: ['pwd'] });
    },
    signOutForPage: async (request, reply) => {
      const live = await sessionOf(deps, request);
      if (live !== null) await endSession(deps, live);
      clearCookie(reply, session, secure);
    },
    formToken: (request, reply) => {
      const held = readCookie(request, session) ?? readCookie(request, formCookie);
      if (held !== null && held !== '') return csrfTokenOf(held);
      const fresh = randomToken(deps.random, FORM_COOKIE_BYTES);
      setCookie(reply, formCookie, fresh, secure);
      return csrfTokenOf(fresh);
    },
    isFormTokenRight: (request, token) => {
      const held = readCookie(request, session) ?? readCookie(request, formCookie);
      return held !== null && held !== '' && typeof token === 'string' && sameSecret(token, csrfTokenOf(held));
    },
  };
}

function waiting(error: unknown): Result<never, PageSignInRefusal> {
  if (error instanceof TooManyAttempts) return err({ code: 'wait', seconds: error.retryAfterSeconds });
  throw error;
}

const person = ({ id, username, name, email, companyId, roles }: LiveSession['user']) => ({
  id,
  username,
  name,
  email,
  companyId,
  roles: new Set(roles),
});

const pageUser = ({ session, user }: LiveSession): PageUser => ({
  ...person(user),
  authenticatedAt: session.authenticatedAt,
  amr: [session.method],
});
