import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignedInPerson } from '../../test/harness/people.ts';
import type { UserId } from '../kernel/index.ts';
import { changeUser, createSignInLink, forgotPassword, readSession, signIn, signInByLink } from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

const PASSWORD = 'correct horse battery';
const DAY = 24 * 60 * 60 * 1000;
const spent = 'urn:liaise:problem:directory/sign-in-link-spent';

let lastAddress = 0;
const freshAddress = () => `198.51.100.${lastAddress++}`;
const tokenIn = (link: string | null | undefined) => link?.split('#t=')[1] ?? '';

describe('a one-time link without mail', () => {
  let at: OpenedDirectory;
  let admin: SignedInPerson;
  beforeAll(async () => {
    at = await openDirectory({ sealed: true });
    admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
  });
  afterAll(() => at.close());

  const make = (id: UserId, by = admin) => at.call(createSignInLink, { params: { id } }, by);
  const open = (token: string, password?: string) =>
    at.call(
      signInByLink,
      { input: password === undefined ? { token } : { token, password } },
      { address: freshAddress() },
    );

  test('is shown once, carries its token in the fragment, and the database holds no token', async () => {
    const person = await at.people.person();
    const made = await make(person.id);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ mailed: false, expiresAt: '2026-01-06T09:00:00.000Z' });
    expect(made.body.link).toMatch(/^https:\/\/exchange\.example\.com\/welcome#t=[\w-]{43}$/);
    const everything = JSON.stringify([
      await at.db.selectFrom('directory.sign_in_link').selectAll().execute(),
      await at.db.selectFrom('audit.entry').selectAll().execute(),
    ]);
    expect(everything).not.toContain(tokenIn(made.body.link));
  });

  test('lets a new person in who sets a password, and works once', async () => {
    const person = await at.people.person();
    const token = tokenIn((await make(person.id)).body.link);
    const without = await open(token);
    expect([without.status, without.body.errors?.[0]?.field]).toEqual([422, 'password']);
    expect((await open(token, 'short')).status).toBe(422);
    const answer = await open(token, PASSWORD);
    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ id: person.id, hasSignedIn: true });
    const browser = { headers: { cookie: answer.cookie ?? '' } };
    expect((await at.call(readSession, {}, browser)).body.user?.id).toBe(person.id);
    const again = await open(token, PASSWORD);
    expect([again.status, again.body.type, again.cookie]).toEqual([410, spent, null]);
    const input = { username: person.username, password: PASSWORD };
    expect((await at.call(signIn, { input }, { address: freshAddress() })).status).toBe(200);
  });

  test('opened twice at once signs in once', async () => {
    const token = tokenIn((await make((await at.people.person()).id)).body.link);
    const answers = await Promise.all([open(token, PASSWORD), open(token, PASSWORD)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
  });

  test('needs no new password from somebody who has one, but takes one and then ends the other sessions', async () => {
    const person = await at.people.person();
    const first = await open(tokenIn((await make(person.id)).body.link), PASSWORD);
    const here = { headers: { cookie: first.cookie ?? '' } };
    const second = await open(tokenIn((await make(person.id)).body.link));
    expect(second.status).toBe(200);
    expect((await at.call(readSession, {}, here)).body.user).not.toBeNull();
    await open(tokenIn((await make(person.id)).body.link), 'another horse battery');
    expect((await at.call(readSession, {}, here)).body.user).toBeNull();
  });

  test('dies after a day, with a newer link, with a new address and with deactivation', async () => {
    const links = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { id } = await at.people.person();
        return { id, token: tokenIn((await make(id)).body.link) };
      }),
    );
    const [replaced, moved, inactive, old] = links;
    await make(replaced?.id as UserId);
    await at.call(changeUser, { params: { id: moved?.id as UserId }, input: { email: 'new@example.com' } }, admin);
    await at.call(changeUser, { params: { id: inactive?.id as UserId }, input: { active: false } }, admin);
    for (const link of [replaced, moved, inactive])
      expect((await open(link?.token ?? '', PASSWORD)).body.type).toBe(spent);
    at.pass(DAY - 1);
    expect((await open(old?.token ?? '')).status).toBe(422);
    at.pass(1);
    expect((await open(old?.token ?? '', PASSWORD)).body.type).toBe(spent);
    admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
  });

  test('is not made for an inactive person, nor by somebody who could not give all of the person\u2019s roles', async () => {
    const inactive = await at.people.person({ active: false });
    expect((await make(inactive.id)).status).toBe(409);
    const plain = await at.people.signedIn({ roles: ['admin'] });
    const officer = await at.people.person({ roles: ['sn_kmf.admin'] });
    const refused = await make(officer.id, plain);
    expect([refused.status, refused.body.type]).toEqual([403, 'urn:liaise:problem:directory/person-out-of-reach']);
    expect((await make(officer.id)).status).toBe(201);
  });

  test('cannot be guessed for long from one address', async () => {
    const address = freshAddress();
    const guess = () => at.call(signInByLink, { input: { token: 'guess', password: PASSWORD } }, { address });
    for (let failure = 0; failure <= 30; failure++) expect((await guess()).status).toBe(410);
    expect((await guess()).status).toBe(429);
  });

  test('cannot be asked for by the person where mail is off', async () => {
    const answer = await at.call(forgotPassword, { input: { usernameOrEmail: admin.username } });
    expect([answer.status, answer.body.type]).toEqual([409, 'urn:liaise:problem:directory/mail-off']);
  });
});

describe('a one-time link by mail', () => {
  let at: OpenedDirectory;
  let admin: SignedInPerson;
  beforeAll(async () => {
    at = await openDirectory({ mail: true });
    admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
  });
  afterAll(() => at.close());

  const mails = async (address: string) => {
    await at.jobs.drain();
    return (at.mailbox?.messages ?? []).filter(({ to }) => JSON.stringify(to).includes(address));
  };
  const tokenOf = (mail: { text?: string | undefined } | undefined) =>
    /#t=([\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? '';
  const forget = (usernameOrEmail: string, address = freshAddress()) =>
    at.call(forgotPassword, { input: { usernameOrEmail } }, { address });

  test('is sent to the person, shown to nobody else, and kept in no job and no log', async () => {
    const person = await at.people.person({ name: 'Jo <b>Contact</b>', email: 'jo@consumer.example' });
    const made = await at.call(createSignInLink, { params: { id: person.id } }, admin);
    expect(made.body).toEqual({ mailed: true, link: null, expiresAt: null });
    const [mail] = await mails('jo@consumer.example');
    const token = tokenOf(mail);
    expect(token).not.toBe('');
    expect(mail?.html).toContain(`https://exchange.example.com/welcome#t=${token}`);
    expect(mail?.html).toContain('Jo &lt;b&gt;Contact&lt;/b&gt;');
    const everything = JSON.stringify([
      await at.db.selectFrom('platform_mail.message').selectAll().execute(),
      await at.db.selectFrom('directory.sign_in_link').selectAll().execute(),
      await at.db.selectFrom('audit.entry').selectAll().execute(),
    ]);
    expect(everything).not.toContain(token);
    const input = { token, password: PASSWORD };
    expect((await at.call(signInByLink, { input })).status).toBe(200);
  });

  test('is shown instead for somebody without an address that mail reaches', async () => {
    const person = await at.people.person({ email: 'jo@localhost' });
    const made = await at.call(createSignInLink, { params: { id: person.id } }, admin);
    expect([made.body.mailed, made.body.link === null]).toEqual([false, false]);
  });

  test('is not sent any more to somebody who was deactivated before the mail left', async () => {
    const person = await at.people.person({ email: 'leaver@consumer.example' });
    await at.call(createSignInLink, { params: { id: person.id } }, admin);
    await at.call(changeUser, { params: { id: person.id }, input: { active: false } }, admin);
    expect(await mails('leaver@consumer.example')).toEqual([]);
  });

  test('is sent to whoever forgot the password, by username or by address, and lets them set a new one', async () => {
    const person = await at.people.person({ email: 'forgot@consumer.example' });
    await forget(person.username);
    await forget(' Forgot@Consumer.example ');
    const sent = await mails('forgot@consumer.example');
    expect(sent).toHaveLength(2);
    expect(sent[1]?.text).toContain(person.username);
    const input = { token: tokenOf(sent[1]), password: PASSWORD };
    expect((await at.call(signInByLink, { input })).status).toBe(200);
    const older = { token: tokenOf(sent[0]), password: PASSWORD };
    expect((await at.call(signInByLink, { input: older })).status).toBe(410);
  });

  test('answers alike for people, for nobody and for the inactive, who get no mail', async () => {
    await at.people.person({ email: 'gone@consumer.example', active: false });
    const known = await at.people.person({ email: 'known@consumer.example' });
    const answers = [await forget(known.username), await forget('gone@consumer.example'), await forget('nobody')];
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(3).fill([202, {}]));
    expect(await mails('gone@consumer.example')).toEqual([]);
    expect(await mails('known@consumer.example')).toHaveLength(1);
  });

  test('does not fill a mailbox, however many ask for it, and the answer does not tell', async () => {
    const person = await at.people.person({ email: 'flooded@consumer.example' });
    for (let asked = 0; asked < 10; asked++) expect((await forget(person.username)).status).toBe(202);
    expect(await mails('flooded@consumer.example')).toHaveLength(4);
  });
});
