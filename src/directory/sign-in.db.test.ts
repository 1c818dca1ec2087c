import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { changePassword, changeUser, readSession, readUser, signIn, signOut } from './contract.ts';
import { createDirectory } from './directory.ts';
import { cookies, type OpenedDirectory, openDirectory } from './directory-fixture.ts';
import { createPasswords } from './password.ts';
import { storePasswordHash } from './user-repo.ts';

const PASSWORD = 'correct horse battery';
const HOUR = 60 * 60 * 1000;

let at: OpenedDirectory;
beforeAll(async () => {
  at = await openDirectory({ sealed: true });
  await at.people.person({ roles: ['admin', 'security_admin'] });
});
afterAll(() => at.close());

let lastAddress = 0;
/** An address nobody has called from, so that one test's refusals do not make another wait. */
const freshAddress = () => `198.51.100.${lastAddress++}`;

async function personWithPassword(wanted: { active?: boolean } = {}) {
  const person = await at.people.person(wanted);
  const hash = await createPasswords(systemRandom, { memoryKiB: 64, passes: 1 }).hash(PASSWORD);
  await transact(at.db, (tx) => storePasswordHash(tx, person.id, hash));
  return person;
}
const attempt = (username: string, password = PASSWORD, address = freshAddress(), headers = {}) =>
  at.call(signIn, { input: { username, password } }, { address, headers });
const browserOf = (answer: { cookie: string | null; body: { csrfToken: string | null } }) => ({
  headers: { cookie: answer.cookie ?? '', 'x-csrf-token': answer.body.csrfToken ?? '' },
});
async function signedIn() {
  const person = await personWithPassword();
  const answer = await attempt(person.username);
  return { ...person, ...browserOf(answer) };
}
const whoAmI = async (browser: { headers: Record<string, string> }) => (await at.call(readSession, {}, browser)).body;

describe('signing in', () => {
  test('with the right password starts a session, also on a sealed instance', async () => {
    const person = await personWithPassword();
    const answer = await attempt(person.username.toUpperCase());
    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ id: person.id, hasSignedIn: true });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-liaise_sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(await whoAmI(browserOf(answer))).toEqual(answer.body);
  });

  test('is refused alike for a wrong password, an unknown name, an inactive person and one without a password', async () => {
    const names = [
      (await personWithPassword()).username,
      'nobody-of-this-name',
      (await personWithPassword({ active: false })).username,
      (await at.people.person()).username,
    ];
    const answers = [
      await attempt(names[0] ?? '', 'not the password'),
      ...(await Promise.all(names.slice(1).map((name) => attempt(name)))),
    ];
    const words = answers.map(({ status, body, cookie }) => ({ status, cookie, ...body, requestId: '' }));
    expect(words).toEqual(Array(4).fill(words[0]));
    expect(words[0]).toMatchObject({ status: 401, cookie: null, type: 'urn:liaise:problem:directory/sign-in-refused' });
  });

  test('always gives a new session and ends the one the browser brought along', async () => {
    const person = await personWithPassword();
    const planted = await signedIn();
    const answer = await attempt(person.username, PASSWORD, freshAddress(), { cookie: planted.headers.cookie });
    expect(answer.status).toBe(200);
    expect(answer.cookie).not.toBe(planted.headers.cookie);
    expect((await whoAmI(planted)).user).toBeNull();
    expect((await whoAmI(browserOf(answer))).user?.id).toBe(person.id);
  });

  test('is refused from a page of another site', async () => {
    const person = await personWithPassword();
    const foreign = await attempt(person.username, PASSWORD, freshAddress(), { origin: 'https://evil.example' });
    expect([foreign.status, foreign.cookie]).toEqual([403, null]);
  });

  test('renews a hash that was made at another cost', async () => {
    const person = await at.people.person();
    const older = await createPasswords(systemRandom, { memoryKiB: 32, passes: 1 }).hash(PASSWORD);
    await transact(at.db, (tx) => storePasswordHash(tx, person.id, older));
    expect((await attempt(person.username)).status).toBe(200);
    const stored = () =>
      at.db.selectFrom('directory.user').select('password_hash').where('id', '=', person.id).executeTakeFirstOrThrow();
    expect((await stored()).password_hash).toContain('m=64,');
    expect((await attempt(person.username)).status).toBe(200);
  });

  test('and being refused are in the audit, with no password and no token anywhere in the database', async () => {
    const person = await personWithPassword();
    await attempt('a password typed as a name', PASSWORD);
    await attempt(person.username, 'a wrong secret phrase');
    const answer = await attempt(person.username);
    const rows = await at.db.selectFrom('audit.entry').selectAll().where('subject', '=', person.id).execute();
    expect(rows.map((row) => [row.event, row.outcome])).toEqual([
      ['directory.sign-in-refused', 'refused'],
      ['directory.signed-in', 'done'],
    ]);
    const everything = JSON.stringify([
      await at.db.selectFrom('audit.entry').selectAll().execute(),
      await at.db.selectFrom('directory.session').selectAll().execute(),
      await at.db.selectFrom('directory.throttle').selectAll().execute(),
      await at.db.selectFrom('directory.user').selectAll().execute(),
    ]);
    for (const secret of [
      'a password typed as a name',
      'a wrong secret phrase',
      PASSWORD,
      answer.cookie?.split('=')[1],
    ])
      expect(everything).not.toContain(secret);
  });
});

describe('guessing', () => {
  test('an account, from wherever, waits longer after each failure, known or not', async () => {
    for (const username of [(await personWithPassword()).username, 'unknown-to-guess']) {
      for (let failure = 1; failure <= 6; failure++)
        expect((await attempt(username, 'a wrong guess here')).status).toBe(401);
      for (const seconds of [1, 2, 4, 8]) {
        const waiting = await attempt(username);
        expect([waiting.status, waiting.headers['retry-after']]).toEqual([429, String(seconds)]);
        at.pass(seconds * 1000);
        expect((await attempt(username, 'a wrong guess here')).status).toBe(401);
      }
    }
  });

  test('never waits longer than a quarter of an hour, and a success forgets it all', async () => {
    const { username } = await personWithPassword();
    for (let failure = 0; failure < 20; failure++) {
      await attempt(username, 'a wrong guess here');
      at.pass(15 * 60 * 1000);
    }
    expect((await attempt(username)).status).toBe(200);
    for (let failure = 1; failure <= 5; failure++)
      expect((await attempt(username, 'a wrong guess here')).status).toBe(401);
    expect((await attempt(username)).status).toBe(200);
  });

  test('a clock that is put back locks nobody out, and sets nobody free either', async () => {
    const { username } = await personWithPassword();
    const address = freshAddress();
    const ahead = 30 * 24 * HOUR;
    at.pass(ahead);
    expect((await attempt(username, 'a wrong guess here', address)).status).toBe(401);
    for (let failure = 1; failure <= 6; failure++) await attempt('guessed-in-the-future', 'a wrong guess here');
    at.pass(-ahead);
    expect((await attempt(username, PASSWORD, address)).status).toBe(200);
    for (const seconds of [1, 2]) {
      const waiting = await attempt('guessed-in-the-future');
      expect([waiting.status, waiting.headers['retry-after']]).toEqual([429, String(seconds)]);
      at.pass(seconds * 1000);
      expect((await attempt('guessed-in-the-future', 'a wrong guess here')).status).toBe(401);
    }
  });

  test('many at once get no more tries than one after the other', async () => {
    const { username } = await personWithPassword();
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(username, 'a wrong guess here')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(6);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(14);
  });

  test('one address that tries many accounts waits, while others sign in', async () => {
    const address = freshAddress();
    for (let failure = 0; failure <= 30; failure++)
      expect((await attempt(`spray-${failure}`, 'a wrong guess here', address)).status).toBe(401);
    const { username } = await personWithPassword();
    expect((await attempt(username, PASSWORD, address)).status).toBe(429);
    expect((await attempt(username)).status).toBe(200);
  });
});

describe('a session', () => {
  test('ends after twelve hours without a request, not before', async () => {
    const browser = await signedIn();
    at.pass(12 * HOUR - 1000);
    expect((await whoAmI(browser)).user).not.toBeNull();
    at.pass(12 * HOUR - 1000);
    expect((await whoAmI(browser)).user).not.toBeNull();
    at.pass(12 * HOUR);
    expect((await whoAmI(browser)).user).toBeNull();
  });

  test('ends after seven days, however busy', async () => {
    const browser = await signedIn();
    for (let hours = 6; hours < 7 * 24; hours += 6) {
      at.pass(6 * HOUR);
      expect((await whoAmI(browser)).user).not.toBeNull();
    }
    at.pass(6 * HOUR);
    expect((await whoAmI(browser)).user).toBeNull();
  });

  test('changes nothing without its CSRF token, or with that of another session', async () => {
    const browser = await signedIn();
    const other = await signedIn();
    const { cookie } = browser.headers;
    const refusals = [
      { headers: { cookie } },
      { headers: { cookie, 'x-csrf-token': other.headers['x-csrf-token'] } },
      { headers: { ...browser.headers, origin: 'https://evil.example' } },
    ];
    for (const caller of refusals) expect((await at.call(signOut, {}, caller)).status).toBe(403);
    expect((await whoAmI(browser)).user).not.toBeNull();
  });

  test('ends on both sides with signing out', async () => {
    const browser = await signedIn();
    const answer = await at.call(signOut, {}, browser);
    expect([answer.status, answer.body.user]).toEqual([200, null]);
    expect(answer.headers['set-cookie']).toMatch(/^__Host-liaise_sid=; Max-Age=0; Path=\//);
    expect((await at.call(readUser, { params: { id: browser.id } }, browser)).status).toBe(401);
  });

  test('holds on every node over one database, and so does having to wait', async () => {
    const mail = { on: false, send: async () => null };
    const { db, clock, jobs } = at;
    const otherNode = createDirectory({ db, clock, random: systemRandom, jobs, mail, publicUrl: null, cookies });
    const browser = await signedIn();
    const found = await otherNode.authenticate({ headers: browser.headers, method: 'GET' } as never);
    expect([found?.actor.kind === 'user' && found.actor.id, found?.csrfToken]).toEqual([
      browser.id,
      browser.headers['x-csrf-token'],
    ]);
    for (let failure = 1; failure <= 6; failure++) await attempt('tried-on-one-node', 'a wrong guess here');
    const request = { ip: freshAddress(), headers: {} } as never;
    const asked = { username: 'tried-on-one-node', password: PASSWORD, request, reply: {} as never };
    expect(await otherNode.signInForPage(asked)).toEqual({ ok: false, error: { code: 'wait', seconds: 1 } });
  });

  test('is nothing that somebody could make up', async () => {
    for (const value of ['', 'x', 'a'.repeat(43)])
      expect((await whoAmI({ headers: { cookie: `${cookies.session}=${value}` } })).user).toBeNull();
  });

  test('does not start for somebody who was deactivated while the password was checked', async () => {
    const person = await personWithPassword();
    const admin = await at.people.signedIn({ roles: ['admin'] });
    const [answer] = await Promise.all([
      attempt(person.username),
      at.call(changeUser, { params: { id: person.id }, input: { active: false } }, admin),
    ]);
    const browser = { headers: { cookie: answer.cookie ?? '' } };
    expect((await whoAmI(browser)).user).toBeNull();
  });
});

describe('changing the password', () => {
  test('keeps this browser signed in with a new session and ends all others', async () => {
    const person = await personWithPassword();
    const [here, there] = [browserOf(await attempt(person.username)), browserOf(await attempt(person.username))];
    const input = { currentPassword: PASSWORD, newPassword: 'another horse battery' };
    const answer = await at.call(changePassword, { input }, here);
    expect(answer.status).toBe(200);
    expect((await whoAmI(browserOf(answer))).user?.id).toBe(person.id);
    expect((await whoAmI(here)).user).toBeNull();
    expect((await whoAmI(there)).user).toBeNull();
    expect((await attempt(person.username)).status).toBe(401);
    expect((await attempt(person.username, 'another horse battery')).status).toBe(200);
  });

  test('takes the current one, a good new one, and not too many tries', async () => {
    const browser = await signedIn();
    const change = (currentPassword: string, newPassword = 'another horse battery') =>
      at.call(changePassword, { input: { currentPassword, newPassword } }, browser);
    expect((await change(PASSWORD, 'short')).body.errors?.[0]?.field).toBe('newPassword');
    for (let failure = 1; failure <= 6; failure++)
      expect((await change('a wrong guess here')).body.type).toBe(
        'urn:liaise:problem:directory/current-password-wrong',
      );
    expect((await change(PASSWORD)).status).toBe(429);
  });
});
