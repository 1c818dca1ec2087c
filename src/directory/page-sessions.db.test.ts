import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { readSession } from './contract.ts';
import { cookies, type OpenedDirectory, openDirectory } from './directory-fixture.ts';
import { createPasswords } from './password.ts';
import { storePasswordHash } from './user-repo.ts';

const PASSWORD = 'correct horse battery';

let at: OpenedDirectory;
let app: FastifyInstance;
beforeAll(async () => {
  at = await openDirectory();
  app = fastify();
  const { directory } = at;
  app.get('/page', async (request, reply) => ({
    user: (await directory.currentUser(request))?.username ?? null,
    token: directory.formToken(request, reply),
  }));
  app.post<{ Body: { token?: unknown; username: string; password: string } }>('/page', async (request, reply) => {
    if (!directory.isFormTokenRight(request, request.body.token)) return reply.code(403).send({});
    const { username, password } = request.body;
    return directory.signInForPage({ username, password, request, reply });
  });
  app.post('/leave', async (request, reply) => {
    await directory.signOutForPage(request, reply);
    return {};
  });
});
afterAll(async () => {
  await app.close();
  await at.close();
});

async function personWithPassword() {
  const person = await at.people.person({ roles: ['sn_sb_pro.consumer'], companyId: await at.people.company() });
  const hash = await createPasswords(systemRandom, { memoryKiB: 64, passes: 1 }).hash(PASSWORD);
  await transact(at.db, (tx) => storePasswordHash(tx, person.id, hash));
  return person;
}
const cookiesOf = (answer: { cookies: { name: string; value: string }[] }) =>
  answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
const show = async (cookie = '') => {
  const answer = await app.inject({ method: 'GET', url: '/page', headers: { cookie } });
  return { ...(answer.json() as { user: string | null; token: string }), cookie: cookiesOf(answer) };
};
const send = (cookie: string, payload: Record<string, unknown>) =>
  app.inject({ method: 'POST', url: '/page', headers: { cookie }, payload });

describe('a page that is rendered here', () => {
  test('signs a person in with the form it showed, and shares the session with the console', async () => {
    const person = await personWithPassword();
    const page = await show();
    expect(page.user).toBeNull();
    const answer = await send(page.cookie, { token: page.token, username: person.username, password: PASSWORD });
    expect(answer.json()).toMatchObject({
      ok: true,
      value: { id: person.id, authenticatedAt: '2026-01-05T09:00:00.000Z', amr: ['pwd'] },
    });
    const cookie = cookiesOf(answer);
    expect((await show(cookie)).user).toBe(person.username);
    expect((await at.call(readSession, {}, { headers: { cookie } })).body.user?.id).toBe(person.id);
  });

  test('knows when and how somebody signed in, also after other requests', async () => {
    const person = await at.people.signedIn();
    at.pass(60_000);
    const request = { headers: person.headers } as never;
    const user = await at.directory.currentUser(request);
    expect(user).toMatchObject({ username: person.username, amr: ['pwd'] });
    expect(at.clock.now().getTime() - (user?.authenticatedAt.getTime() ?? 0)).toBe(60_000);
  });

  test('takes no form without its token, nor one shown to another browser', async () => {
    const person = await personWithPassword();
    const [page, other] = [await show(), await show()];
    const input = { username: person.username, password: PASSWORD };
    for (const token of [undefined, '', 'x', other.token, { $ne: '' }])
      expect((await send(page.cookie, { ...input, token })).statusCode).toBe(403);
    expect((await send('', { ...input, token: page.token })).statusCode).toBe(403);
    expect((await send(`${cookies.session}_form=`, { ...input, token: page.token })).statusCode).toBe(403);
  });

  test('says no in words of its own, and how long to wait', async () => {
    const person = await personWithPassword();
    const page = await show();
    const input = { token: page.token, username: person.username, password: 'a wrong guess here' };
    for (let failure = 1; failure <= 6; failure++) {
      const answer = await send(page.cookie, input);
      expect([answer.json(), answer.cookies]).toEqual([{ ok: false, error: { code: 'refused' } }, []]);
    }
    expect((await send(page.cookie, input)).json()).toEqual({ ok: false, error: { code: 'wait', seconds: 1 } });
  });

  test('lets somebody leave, so that somebody else can sign in', async () => {
    const person = await at.people.signedIn();
    const { cookie } = person.headers;
    expect((await show(cookie)).user).toBe(person.username);
    await app.inject({ method: 'POST', url: '/leave', headers: { cookie } });
    expect((await show(cookie)).user).toBeNull();
  });

  test('ignores an API token: pages are for people', async () => {
    const request = { headers: { authorization: 'Bearer lia_x' } } as never;
    expect(await at.directory.currentUser(request)).toBeNull();
  });
});
