import formbody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AuthorizationServer, type ConsentRequest, consentPageHeaders } from '../../access/index.ts';
import type { PageSessions, PageUser } from '../../directory/index.ts';
import { MINUTE_MS, type UserActor } from '../../kernel/index.ts';
import type { HttpPlugin } from '../../platform/http/endpoint.ts';
import type { ProviderDeps } from '../deps.ts';
import { type ConsentFacts, consentFacts, refusalOf } from './consent-facts.ts';
import { consentPage, type FormContext, gonePage, refusedPage, STYLE_HASH, signInPage } from './consent-pages.ts';
import { allowAttempt, recordRefused, refuseAttempt } from './decide-consent.ts';

export type ConsentPluginDeps = Pick<
  ProviderDeps,
  'db' | 'clock' | 'random' | 'changes' | 'ownFingerprint' | 'adminMayConsent'
> & {
  readonly sessions: PageSessions;
  readonly server: Pick<
    AuthorizationServer,
    'readConsentRequest' | 'answeredConsent' | 'allowConsent' | 'refuseConsent'
  >;
};

/** Who signed in longer ago than this proves it again before deciding. */
const FRESH_SIGN_IN_MS = 15 * MINUTE_MS;

type Visit = { request: FastifyRequest; reply: FastifyReply; asked: ConsentRequest; facts: ConsentFacts };

/**
 * The consent pages: one request, one decision, by the named contact (REG-59..64). Server-rendered, no script; every POST
 * carries a token bound to this browser.
 */
export function consentPlugin(deps: ConsentPluginDeps): HttpPlugin {
  return async (app) => {
    await app.register(async (scope) => {
      await scope.register(formbody, { bodyLimit: 16 * 1024 });
      scope.get('/consent/:uid', async (request, reply) => {
        const visit = await open(deps, request, reply);
        return visit === null ? reply : show(deps, visit);
      });
      for (const [action, act] of Object.entries(actions)) {
        scope.post(`/consent/:uid/${action}`, async (request, reply) => {
          const visit = await open(deps, request, reply);
          if (visit === null) return reply;
          const form = (request.body ?? {}) as Record<string, unknown>;
          if (!deps.sessions.isFormTokenRight(request, form.token)) return show(deps, visit);
          return act(deps, visit, form);
        });
      }
    });
  };
}

/** Null when there is nothing to decide: the way on, or the page that says so, has been sent. */
async function open(deps: ConsentPluginDeps, request: FastifyRequest, reply: FastifyReply): Promise<Visit | null> {
  const { uid } = request.params as { uid: string };
  const asked = await deps.server.readConsentRequest(request, reply, uid);
  const facts = asked && (await consentFacts(deps, deps.db, asked.clientId, asked.detail));
  if (asked !== null && facts?.ok) {
    reply.headers(consentPageHeaders(asked.redirectUri, STYLE_HASH)).type('text/html; charset=utf-8');
    return { request, reply, asked, facts: facts.value };
  }
  const answered = asked === null ? await deps.server.answeredConsent(request, reply, uid) : null;
  if (answered !== null) {
    reply.redirect(answered, 303);
    return null;
  }
  reply.headers(consentPageHeaders(null, STYLE_HASH));
  reply.code(410).type('text/html; charset=utf-8').send(gonePage());
  return null;
}

const contextOf = (deps: ConsentPluginDeps, { request, reply, asked }: Visit): FormContext => ({
  uid: asked.uid,
  token: deps.sessions.formToken(request, reply),
});

/** The page that fits who is looking: sign-in, consent, or why this person cannot give it. */
async function show(deps: ConsentPluginDeps, visit: Visit, user?: PageUser | null): Promise<FastifyReply> {
  const { facts, reply } = visit;
  const person = user === undefined ? await deps.sessions.currentUser(visit.request) : user;
  const fresh = person !== null && deps.clock.now().getTime() - person.authenticatedAt.getTime() <= FRESH_SIGN_IN_MS;
  if (person === null || !fresh) {
    return reply.send(
      signInPage(contextOf(deps, visit), {
        provider: facts.provider,
        consumer: facts.registration.url,
        again: person !== null,
        username: person?.username,
      }),
    );
  }
  const refusal = refusalOf(facts, person, deps.adminMayConsent);
  if (refusal === null) return reply.send(consentPage(contextOf(deps, visit), facts, person));
  await recordRefused(deps, facts, actorOf(person), refusal);
  return reply.code(403).send(refusedPage(contextOf(deps, visit), facts, person, refusal));
}

const actorOf = (person: PageUser): UserActor => ({
  kind: 'user',
  id: person.id,
  username: person.username,
  roles: person.roles,
  via: 'session',
  authenticatedAt: person.authenticatedAt,
});

type Action = (deps: ConsentPluginDeps, visit: Visit, form: Record<string, unknown>) => Promise<FastifyReply>;

const actions: Record<'sign-in' | 'allow' | 'deny' | 'return' | 'switch', Action> = {
  'sign-in': async (deps, visit, form) => {
    const { facts, reply, request, asked } = visit;
    const username = typeof form.username === 'string' ? form.username : '';
    const password = typeof form.password === 'string' ? form.password : '';
    const proved = await deps.sessions.signInForPage({ username, password, request, reply });
    // NOTE a redirect, so that the browser comes back with its new cookie and reloading repeats nothing.
    if (proved.ok) return reply.redirect(`/consent/${asked.uid}`, 303);
    const error =
      proved.error.code === 'wait'
        ? `Too many attempts. Wait ${proved.error.seconds} seconds and try again.`
        : 'User name and password do not fit. Nothing was changed.';
    const words = { provider: facts.provider, consumer: facts.registration.url, error, username };
    return reply.code(401).send(signInPage(contextOf(deps, visit), words));
  },
  allow: async (deps, visit) => {
    const { facts, reply, request, asked } = visit;
    const person = await deps.sessions.currentUser(request);
    const fresh = person !== null && deps.clock.now().getTime() - person.authenticatedAt.getTime() <= FRESH_SIGN_IN_MS;
    if (person === null || !fresh || refusalOf(facts, person, deps.adminMayConsent) !== null)
      return show(deps, visit, person);
    const allowed = await allowAttempt(deps, facts, actorOf(person), person.id === facts.contact.id);
    const to = allowed
      ? await deps.server.allowConsent(request, reply, {
          uid: asked.uid,
          accountId: person.id,
          acr: person.amr.join(' '),
        })
      : null;
    return to === null ? reply.code(410).send(gonePage()) : reply.redirect(to, 303);
  },
  deny: (deps, visit) => refuse(deps, visit),
  return: (deps, visit) => refuse(deps, visit),
  switch: async (deps, visit) => {
    await deps.sessions.signOutForPage(visit.request, visit.reply);
    return visit.reply.redirect(`/consent/${visit.asked.uid}`, 303);
  },
};

async function refuse(deps: ConsentPluginDeps, visit: Visit): Promise<FastifyReply> {
  const { facts, reply, request, asked } = visit;
  const person = await deps.sessions.currentUser(request);
  if (person === null) return show(deps, visit, null);
  // Who may not consent can go back, but has nothing to decline.
  const code = refusalOf(facts, person, deps.adminMayConsent) ?? 'declined';
  // The request first: with the attempt its client goes, and nothing is left to answer to.
  const to = await deps.server.refuseConsent(request, reply, { uid: asked.uid, description: code });
  await refuseAttempt(deps, facts, actorOf(person), code);
  return to === null ? reply.code(410).send(gonePage()) : reply.redirect(to, 303);
}
