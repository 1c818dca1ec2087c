import { type FastifyInstance, fastify } from 'fastify';
import {
  type AuthorizationServer,
  type ConsentDetail,
  type ConsentPolicy,
  consentPageHeaders,
  createAuthorizationServer,
  createOAuthClient,
  type DpopKey,
  type OAuthClient,
  type PendingAuthorization,
  resourceOf,
  type Scope,
  upsertClient,
} from '../../src/access/index.ts';
import { ok, systemClock, systemRandom } from '../../src/kernel/index.ts';
import { type Db, transact } from '../../src/platform/db/index.ts';
import { cookieNames } from '../../src/platform/http/index.ts';
import { type TestKeyRing, testKeyRing } from './key-ring.ts';
import { type ScriptedBrowser, scriptedBrowser } from './scripted-browser.ts';

export const PROVIDER = 'https://provider.example';
export const CONSUMER = 'https://consumer.example';
export const RESOURCE = `${PROVIDER}/sx/v1`;
export const CONTACT = 'usr_carol';

const DIGEST = 'A'.repeat(43);

/** An authorization server with a resource, and a client of another instance, talking real HTTP as behind a TLS proxy. */
export type OAuthPair = {
  readonly db: Db;
  /** The provider's origin. */
  readonly origin: string;
  readonly server: AuthorizationServer;
  readonly serverKeys: TestKeyRing;
  readonly clientKeys: TestKeyRing;
  readonly client: OAuthClient;
  readonly refusals: { where?: unknown; error?: unknown }[];
  /** Reaches the provider's origin; everything else fails. */
  readonly fetch: typeof fetch;
  /** Every request that arrived, `METHOD /path`. */
  readonly requests: string[];
  newBrowser(): ScriptedBrowser;
  /** Writes the client of an attempt, with the consumer's present key unless told. */
  addClient(clientId: string, keys?: TestKeyRing): Promise<void>;
  detail(overrides?: Partial<ConsentDetail>): ConsentDetail;
  /** Pushes a request and gives the address for the browser. */
  push(clientId?: string, detail?: ConsentDetail): Promise<Pushed>;
  close(): Promise<void>;
};
export type Pushed = { authorizationUrl: string; pending: PendingAuthorization; dpopKey: DpopKey };

export const redirectUriOf = (clientId: string): string => `${CONSUMER}/sx/oauth/cb/${clientId}`;

/** `port`: listen there and be http://127.0.0.1:port, as in a demonstration; otherwise an https origin behind a proxy. */
export async function oauthPair(
  db: Db,
  policy: Partial<ConsentPolicy> = {},
  options: { readonly port?: number } = {},
): Promise<OAuthPair> {
  const origin = options.port === undefined ? PROVIDER : `http://127.0.0.1:${options.port}`;
  const serverKeys = testKeyRing();
  const clientKeys = testKeyRing();
  const refusals: OAuthPair['refusals'] = [];
  const requests: string[] = [];
  const note = (fields: Record<string, unknown>) => void refusals.push(fields);
  const server = createAuthorizationServer({
    db,
    clock: systemClock,
    random: systemRandom,
    log: { info: note, warn: note },
    keys: serverKeys,
    origin,
    cookies: cookieNames(new URL(origin), 'test0000'),
    policy: {
      check: async () => ok(undefined),
      mayConsent: async (accountId) => accountId === CONTACT,
      ...policy,
    },
  });
  const app = await listen(server, requests, options.port ?? 0);
  const address = app.listeningOrigin;
  const reach: typeof fetch = (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    if (url.origin !== origin) throw new TypeError('fetch failed', { cause: new Error(`${url.origin} is not there`) });
    return fetch(address + url.pathname + url.search, { ...init, redirect: 'manual' });
  };
  const client = createOAuthClient({ keys: clientKeys, clock: systemClock, fetch: reach });

  const pair: OAuthPair = {
    db,
    origin,
    server,
    serverKeys,
    clientKeys,
    client,
    refusals,
    requests,
    fetch: reach,
    newBrowser: () => scriptedBrowser(reach, (url) => url.origin !== origin),
    async addClient(clientId, ring = clientKeys) {
      const { kid, publicJwk } = await ring.privateKey('sx.oauth.client');
      const keys = [{ ...publicJwk, kid }];
      const redirectUris = [redirectUriOf(clientId)];
      const owner = { kind: 'registration', id: clientId };
      await transact(db, (tx) =>
        upsertClient(tx, { clientId, keys, redirectUris, owner, createdAt: systemClock.now() }),
      );
    },
    detail: (overrides = {}) => ({
      type: 'sx_connect',
      registration: 'reg_1',
      attempt: 1,
      consumer: 'sxi1consumer',
      origin: CONSUMER,
      th2: DIGEST,
      reg_digest: DIGEST,
      ...overrides,
    }),
    async push(clientId = 'sxc_reg_1', detail = pair.detail()) {
      const dpopKey = await client.createDpopKey();
      const redirectUri = redirectUriOf(clientId);
      const pushed = await client.pushAuthorizationRequest({
        issuer: origin,
        clientId,
        redirectUri,
        resource: resourceOf(origin),
        detail,
        dpopKey,
      });
      if (!pushed.ok) throw new Error(`the request was refused: ${JSON.stringify(pushed.error)}`);
      return { ...pushed.value, dpopKey };
    },
    close: () => app.close(),
  };
  return pair;
}

/** The room's pages and a resource, as small as they can be. */
async function listen(server: AuthorizationServer, requests: string[], port: number): Promise<FastifyInstance> {
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request) => {
    requests.push(`${request.method} ${request.url.split('?')[0]}`);
  });
  await app.register(async (scope) => server.plugin(scope));
  type Answer = { person: string; answer: 'allow' | string };
  app.get<{ Params: { uid: string } }>('/consent/:uid', async (request, reply) => {
    const asked = await server.readConsentRequest(request, reply, request.params.uid);
    if (asked === null) return reply.code(410).send({ error: 'gone' });
    return reply.headers(consentPageHeaders(asked.redirectUri)).send(asked);
  });
  app.post<{ Params: { uid: string }; Body: Answer }>('/consent/:uid', async (request, reply) => {
    const { uid } = request.params;
    const { person, answer } = request.body;
    const answered = await server.answeredConsent(request, reply, uid);
    if (answered !== null) return reply.redirect(answered, 303);
    const to =
      answer === 'allow'
        ? await server.allowConsent(request, reply, { uid, accountId: person })
        : await server.refuseConsent(request, reply, { uid, description: answer });
    return to === null ? reply.code(410).send({ error: 'gone' }) : reply.redirect(to, 303);
  });
  app.all<{ Querystring: { scope?: Scope } }>('/sx/v1/echo', async (request, reply) => {
    const checked = await server.guard.check(request.raw, request.query.scope ?? 'sx:connect');
    if (!checked.ok) {
      const { status, code, headers } = checked.error;
      return reply.code(status).headers(headers).send({ error: code });
    }
    return reply.header('dpop-nonce', await server.guard.nonce()).send(checked.value);
  });
  await app.listen({ host: '127.0.0.1', port });
  return app;
}
