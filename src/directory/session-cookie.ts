import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CookieNames } from '../platform/http/index.ts';

/** What this room needs of the cookie names that main derives from the configured public URL. */
export type SessionCookies = Pick<CookieNames, 'session' | 'secure'>;

/** Held by a browser that was shown a page's form and has no session yet. */
export const formCookieName = (cookies: SessionCookies): string => `${cookies.session}_form`;

// NOTE Lax, not Strict: a Strict cookie is absent when another site's redirect brings the browser back, as OAuth does.
const attributes = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const;

export const readCookie = (request: FastifyRequest, name: string): string | null =>
  fastifyCookie.parse(request.headers.cookie ?? '')[name] ?? null;

export const setCookie = (reply: FastifyReply, name: string, value: string, secure: boolean): void => {
  reply.header('set-cookie', fastifyCookie.serialize(name, value, attributes(secure)));
};

export const clearCookie = (reply: FastifyReply, name: string, secure: boolean): void => {
  reply.header('set-cookie', fastifyCookie.serialize(name, '', { ...attributes(secure), maxAge: 0 }));
};
