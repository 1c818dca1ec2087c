import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { allOf, anyOf, anyone, Conflict, Problem, route } from '../../kernel/index.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { asSession, asToken, ORIGIN, saveThing, testServer } from './server-fixture.ts';

const save = endpoint(saveThing, async ({ params, query, input }) => ({
  number: params.number,
  name: input.name,
  limit: query.limit,
  secret: 'never leaves',
}));

const good: InjectOptions = {
  method: 'POST',
  url: '/api/things/THI1',
  headers: asToken('admin'),
  payload: { name: 'lamp' },
};

async function call(endpoints: Endpoint[], options: InjectOptions, changed: Parameters<typeof testServer>[1] = {}) {
  const app = await testServer(endpoints, changed);
  const response = await app.inject(options);
  await app.close();
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body === '' ? null : response.json(),
  };
}

const failing = (error: unknown): Endpoint =>
  endpoint(saveThing, () => {
    throw error;
  });

describe('a call that is allowed', () => {
  test('is answered with what the contract names and nothing else', async () => {
    const { status, body, headers } = await call([save], good);
    expect(status).toBe(201);
    expect(body).toEqual({ number: 'THI1', name: 'lamp', limit: 5 });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  test('without content is 204 and has no body', async () => {
    const remove = route({
      method: 'DELETE',
      path: '/api/things',
      permission: anyone,
      summary: 'Removes.',
      status: 204,
      output: z.undefined(),
    });
    const { status, body } = await call([endpoint(remove, async () => undefined)], {
      method: 'DELETE',
      url: '/api/things',
    });
    expect([status, body]).toEqual([204, null]);
  });
});

describe('what was sent', () => {
  test.each([
    ['a missing member', { payload: {} }, ['name']],
    ['an unknown member', { payload: { name: 'lamp', colour: 'red' } }, ['colour']],
    ['several at once', { payload: { name: '', size: 'x' } }, ['name', 'size']],
    ['a wrong parameter', { url: '/api/things/other' }, ['number']],
    ['a wrong query', { url: '/api/things/THI1?limit=99' }, ['limit']],
    ['no body', { payload: '' }, ['name']],
  ])('%s is refused field by field', async (_name, changed, fields) => {
    const { status, body, headers } = await call([save], { ...good, ...changed });
    expect(status).toBe(422);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body.type).toBe('urn:liaise:problem:kernel/invalid-input');
    expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  });

  test('that is not JSON is refused', async () => {
    const type = (contentType: string) => ({ ...good, headers: { ...good.headers, 'content-type': contentType } });
    expect((await call([save], { ...type('application/json'), payload: '{' })).status).toBe(400);
    expect((await call([save], { ...type('text/plain'), payload: '{"name":"lamp"}' })).status).toBe(415);
    const form = { ...type('application/x-www-form-urlencoded'), payload: 'name=lamp' };
    expect((await call([save], form)).body.type).toBe('urn:liaise:problem:platform/unsupported-media-type');
  });

  test('that tries to reach an object’s prototype is refused', async () => {
    const headers = { ...good.headers, 'content-type': 'application/json' };
    expect((await call([save], { ...good, headers, payload: '{"name":"x","__proto__":{"a":1}}' })).status).toBe(400);
  });

  test('above 256 KiB is refused', async () => {
    const { status, body } = await call([save], { ...good, payload: { name: 'x'.repeat(256 * 1024) } });
    expect([status, body.type]).toEqual([413, 'urn:liaise:problem:platform/body-too-large']);
  });

  test('to a route without input, a body is refused and an empty one accepted', async () => {
    const retry = route({
      method: 'POST',
      path: '/api/retry',
      permission: anyone,
      summary: 'Tries again.',
      output: z.object({}),
    });
    const endpoints = [endpoint(retry, async () => ({}))];
    const sent = { method: 'POST', url: '/api/retry' } as const;
    expect((await call(endpoints, sent)).status).toBe(200);
    expect((await call(endpoints, { ...sent, payload: {} })).status).toBe(200);
    expect((await call(endpoints, { ...sent, payload: { force: true } })).status).toBe(422);
  });
});

describe('who may call', () => {
  test('nobody signed in is 401', async () => {
    const { status, headers, body } = await call([save], { ...good, headers: {} });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect(body.type).toBe('urn:liaise:problem:kernel/unauthenticated');
  });

  test('REG-02 a missing role is named, and who can give it', async () => {
    const { status, body } = await call([save], { ...good, headers: asToken('sn_sb.admin') });
    expect(status).toBe(403);
    expect(body.missingRoles).toEqual(['admin']);
    expect(body.detail).toBe(
      'This needs the role admin, which you do not hold. Nothing was done. An administrator can give it, under Directory > Contacts.',
    );
  });

  test('of two roles needed only the missing one is named, and for key management who grants those', async () => {
    const diagnose = {
      ...saveThing,
      permission: allOf('sn_kmf.admin', 'sn_kmf.cryptographic_manager'),
    };
    const { body } = await call([endpoint(diagnose, async () => ({ number: '', name: '', limit: 0 }))], {
      ...good,
      headers: asToken('sn_kmf.admin'),
    });
    expect(body.missingRoles).toEqual(['sn_kmf.cryptographic_manager']);
    expect(body.detail).toContain('admin and security_admin');
  });

  test('nothing is read of the body before', async () => {
    expect((await call([save], { ...good, headers: {}, payload: '{' })).status).toBe(401);
  });
});

describe('a session, which a browser sends by itself,', () => {
  const session = { ...good, headers: { ...asSession('admin'), origin: ORIGIN } };

  test('needs its token on a method that changes something', async () => {
    expect((await call([save], session)).status).toBe(201);
    for (const token of ['', 'wrong', 'right and more']) {
      const { status, body } = await call([save], {
        ...session,
        headers: { ...session.headers, 'x-csrf-token': token },
      });
      expect([status, body.type]).toEqual([403, 'urn:liaise:problem:platform/csrf-token-wrong']);
    }
  });

  test.each(['https://evil.example', 'null', 'http://exchange.example.com', 'https://exchange.example.com:444'])(
    'is refused from the origin %s',
    async (origin) => {
      const { status, body } = await call([save], { ...session, headers: { ...session.headers, origin } });
      expect([status, body.type]).toEqual([403, 'urn:liaise:problem:platform/foreign-origin']);
    },
  );

  test('is refused where only Sec-Fetch-Site tells of another site', async () => {
    const headers = { ...asSession('admin'), 'sec-fetch-site': 'cross-site' };
    expect((await call([save], { ...good, headers })).status).toBe(403);
  });

  test('may sign in again without a token, but not from another site', async () => {
    const signIn = { ...saveThing, permission: anyone };
    const endpoints = [endpoint(signIn, async () => ({ number: '', name: '', limit: 0 }))];
    const headers = { ...session.headers, 'x-csrf-token': '' };
    expect((await call(endpoints, { ...good, headers })).status).toBe(201);
    expect((await call(endpoints, { ...good, headers: { ...headers, origin: 'https://evil.example' } })).status).toBe(
      403,
    );
  });

  test('before a public URL is set, is accepted from the address it was sent to', async () => {
    const config = { publicUrl: null, trustProxy: [] };
    const headers = { ...asSession('admin'), host: 'localhost:4100', origin: 'http://localhost:4100' };
    expect((await call([save], { ...good, headers }, { config })).status).toBe(201);
    expect((await call([save], { ...good, headers: { ...headers, origin: ORIGIN } }, { config })).status).toBe(403);
  });
});

describe('failures', () => {
  class ThingExists extends Problem {
    override readonly name = 'ThingExists';
    readonly slug = 'test/thing-exists';
    readonly title = 'That thing exists';
    readonly status = 409;
  }

  test('a Problem is rendered with its extra members, which cannot replace the standard ones', async () => {
    const problem = new ThingExists('THI1 exists.', { extra: { number: 'THI1', status: 200, type: 'x' } });
    const { status, body } = await call([failing(problem)], good);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: 'urn:liaise:problem:test/thing-exists',
      title: 'That thing exists',
      status: 409,
      detail: 'THI1 exists.',
      number: 'THI1',
    });
  });

  test.each([new Error('password is hunter2'), 'hunter2', { message: 'hunter2' }, z.string().safeParse(1).error])(
    'anything else is a 500 without detail, found in the log by its id',
    async (error) => {
      const { status, body, headers } = await call([failing(error)], good);
      expect([status, body.type]).toEqual([500, 'urn:liaise:problem:platform/internal-error']);
      expect(JSON.stringify(body)).not.toContain('hunter2');
      expect(body.requestId).toBe(headers['x-request-id']);
      expect(body.detail).toContain(body.requestId);
    },
  );

  test.each([
    ['53100', 507, 'platform/storage-full', 'Nothing was stored', null],
    ['57P01', 503, 'platform/database-unavailable', 'read the record again', '5'],
    ['EPIPE', 503, 'platform/database-unavailable', 'read the record again', '5'],
  ])('a database in trouble (%s) is named, with what is stored and when to try again', async (code, ...said) => {
    const { status, body, headers } = await call([failing(Object.assign(new Error('hunter2'), { code }))], good);
    const [expected, slug, words, wait] = said;
    expect([status, body.type]).toEqual([expected, `urn:liaise:problem:${slug}`]);
    expect(body.detail).toContain(words);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(headers['retry-after'] ?? null).toBe(wait);
  });

  test('an answer that breaks its own contract is a bug, not an answer', async () => {
    const broken = endpoint(saveThing, async () => ({ number: 1 }) as never);
    expect((await call([broken], good)).status).toBe(500);
  });

  test.each([
    ['in a member', { ...good, payload: { name: 'a\0b' } }],
    ['in the name of a member', { ...good, payload: { name: 'a', 'x\0': 1 } }],
    ['in the query', { ...good, url: `${good.url}?search=%00` }],
  ])('the one character that no database row holds is refused %s', async (_where, request) => {
    const { status, body } = await call(
      [endpoint(saveThing, async () => ({ number: '', name: '', limit: 0 }))],
      request,
    );
    expect([status, body.type]).toEqual([400, 'urn:liaise:problem:platform/malformed-request']);
    expect(body.detail).toContain('Nothing was done');
  });

  test('a body nested deeper than any stack is refused as what it is', async () => {
    const payload = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    const headers = { ...good.headers, 'content-type': 'application/json' };
    const { status } = await call([endpoint(saveThing, async () => ({ number: '', name: '', limit: 0 }))], {
      ...good,
      headers,
      payload,
    });
    expect(status).toBe(422);
  });

  test('an unknown address is 404 as a problem', async () => {
    const { status, body } = await call([], { method: 'GET', url: '/api/nothing', headers: { accept: 'text/html' } });
    expect([status, body.type]).toEqual([404, 'urn:liaise:problem:kernel/not-found']);
  });

  test('a wait asked for is also a header', async () => {
    const { headers } = await call([failing(new Conflict('x', { extra: { retryAfterSeconds: 2.5 } }))], good);
    expect(headers['retry-after']).toBe('3');
  });
});

test('while sealed only the routes for it are answered', async () => {
  const open = { ...saveThing, path: '/api/open/{number}', permission: anyOf('admin'), whileSealed: true } as const;
  const endpoints = [save, endpoint(open, async () => ({ number: '', name: '', limit: 0 }))];
  const closed = await call(endpoints, good, { sealed: () => true });
  expect([closed.status, closed.body.type]).toEqual([503, 'urn:liaise:problem:platform/sealed']);
  expect(closed.headers['retry-after']).toBe('15');
  expect((await call(endpoints, { ...good, url: '/api/open/THI1' }, { sealed: () => true })).status).toBe(201);
});

describe('rate limits', () => {
  test('a route’s own limit counts for each caller', async () => {
    const app = await testServer([
      endpoint({ ...saveThing, perMinute: 2 }, async () => ({ number: '', name: '', limit: 0 })),
    ]);
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1) statuses.push((await app.inject(good)).statusCode);
    const last = await app.inject(good);
    await app.close();
    expect(statuses).toEqual([201, 201, 429]);
    expect(last.json().type).toBe('urn:liaise:problem:kernel/too-many-requests');
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('an address that floods is held up before anybody is looked up', async () => {
    let lookedUp = 0;
    const app = await testServer([save], {
      limits: { addressPerMinute: 2, userPerMinute: 100 },
      authenticate: async () => {
        lookedUp += 1;
        return null;
      },
    });
    const statuses = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await app.inject(good)).statusCode);
    await app.close();
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect(lookedUp).toBe(2);
  });
});
