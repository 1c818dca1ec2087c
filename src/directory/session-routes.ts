import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Clock, type Random, Unauthenticated, type UserActor } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import type { MailSender } from '../platform/mail/index.ts';
import { type LiveSession, sessionOf } from './authenticate.ts';
import { changePassword } from './change-password.ts';
import * as contract from './contract.ts';
import { csrfTokenOf } from './csrf-token.ts';
import { endSession } from './end-session.ts';
import { forgotPassword } from './forgot-password.ts';
import type { Passwords } from './password.ts';
import { presentUser } from './present.ts';
import { SessionNeeded, SignInRefused } from './problems.ts';
import { clearCookie, readCookie, type SessionCookies, setCookie } from './session-cookie.ts';
import { setUp } from './set-up.ts';
import { signInByLink } from './sign-in-by-link.ts';
import { signInWithPassword } from './sign-in-with-password.ts';
import type { User } from './user.ts';
import { anyUserExists, findUser } from './user-repo.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  readonly mail: MailSender;
  readonly passwords: Passwords;
  readonly cookies: SessionCookies;
};

type SessionAnswer = z.input<typeof contract.sessionOutput>;

export function sessionEndpoints(deps: Deps): Endpoint[] {
  const { session: cookie, secure } = deps.cookies;
  const broughtBy = (request: FastifyRequest) => ({ address: request.ip, replaces: readCookie(request, cookie) });

  const begin = async (reply: FastifyReply, token: string, user: User): Promise<SessionAnswer> => {
    setCookie(reply, cookie, token, secure);
    const signedIn = (await findUser(deps.db, user.id)) ?? user;
    return {
      setupNeeded: false,
      mailOn: deps.mail.on,
      user: presentUser(signedIn),
      authenticatedAt: deps.clock.now().toISOString(),
      csrfToken: csrfTokenOf(token),
    };
  };
  const nobody = async (): Promise<SessionAnswer> => ({
    setupNeeded: !(await anyUserExists(deps.db)),
    mailOn: deps.mail.on,
    user: null,
    authenticatedAt: null,
    csrfToken: null,
  });
  /** The session behind a call that a token must not make. */
  const liveSession = async (actor: UserActor, request: FastifyRequest): Promise<LiveSession> => {
    if (actor.via !== 'session') throw new SessionNeeded();
    const live = await sessionOf(deps, request);
    if (live === null) throw new Unauthenticated('Your session has just ended. Nothing was done. Sign in again.');
    return live;
  };

  return [
    endpoint(contract.setUp, async ({ input, request, reply }) => {
      const { user, token } = await setUp(deps, { ...input, name: input.name ?? input.username }, request.ip);
      return begin(reply, token, user);
    }),
    endpoint(contract.readSession, async ({ actor, request }) => {
      if (actor === null) return nobody();
      const user = await findUser(deps.db, actor.id);
      const live = actor.via === 'session' ? await sessionOf(deps, request) : null;
      return {
        setupNeeded: false,
        mailOn: deps.mail.on,
        user: user === null ? null : presentUser({ ...user, roles: [...actor.roles] }),
        authenticatedAt: actor.authenticatedAt.toISOString(),
        csrfToken: live === null ? null : csrfTokenOf(live.token),
      };
    }),
    endpoint(contract.signIn, async ({ input, request, reply }) => {
      const proved = await signInWithPassword(deps, { ...input, ...broughtBy(request) });
      if (!proved.ok) throw new SignInRefused();
      return begin(reply, proved.value.token, proved.value.user);
    }),
    endpoint(contract.signInByLink, async ({ input, request, reply }) => {
      const asked = { token: input.token, password: input.password, ...broughtBy(request) };
      const { user, token } = await signInByLink(deps, asked);
      return begin(reply, token, user);
    }),
    endpoint(contract.signOut, async (call) => {
      await endSession(deps, await liveSession(signedInActor(call), call.request));
      clearCookie(call.reply, cookie, secure);
      return nobody();
    }),
    endpoint(contract.changePassword, async (call) => {
      const live = await liveSession(signedInActor(call), call.request);
      const { currentPassword, newPassword } = call.input;
      return begin(call.reply, await changePassword(deps, live, { currentPassword, newPassword }), live.user);
    }),
    endpoint(contract.forgotPassword, async ({ input, request }) => {
      await forgotPassword(deps, input.usernameOrEmail, request.ip);
      return {};
    }),
  ];
}
