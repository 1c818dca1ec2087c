import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeUser, readSession, setUp, signIn } from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

let at: OpenedDirectory;
beforeAll(async () => {
  at = await openDirectory({ sealed: true });
});
afterAll(() => at.close());
/** Each test begins with an instance that nobody has set up. */
beforeEach(async () => {
  const tables = ['role_grant', 'session', 'throttle', 'set_up_code', 'user'] as const;
  for (const table of tables) await at.db.deleteFrom(`directory.${table}`).execute();
  await at.db.deleteFrom('audit.entry').execute();
});

const person = { username: 'root', password: 'a long first password', email: 'root@provider.example' };
const trySetUp = (code: string, address = '192.0.2.1') => at.call(setUp, { input: { ...person, code } }, { address });
const code = async () => (await at.directory.firstAdministratorCode()) ?? '';

describe('the first administrator', () => {
  test('OQ-26 is made with the code from the log, even sealed, holds no key management role, and is signed in', async () => {
    expect((await at.call(readSession, {})).body).toMatchObject({ setupNeeded: true, user: null });
    const made = await trySetUp(await code());
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      setupNeeded: false,
      user: { username: 'root', name: 'root', roles: ['admin', 'security_admin', 'sn_sb.admin'], companyId: null },
    });
    const browser = { headers: { cookie: made.cookie ?? '', 'x-csrf-token': made.body.csrfToken ?? '' } };
    expect((await at.call(readSession, {}, browser)).body).toMatchObject({ setupNeeded: false, user: made.body.user });
    const params = { id: made.body.user?.id ?? ('' as never) };
    expect((await at.call(changeUser, { params, input: { name: 'Root' } }, browser)).status).toBe(200);
    const { username, password } = person;
    expect((await at.call(signIn, { input: { username, password } })).status).toBe(200);
  });

  test('the code is read as people copy it, and works once', async () => {
    const typed = ` ${(await code()).toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect((await trySetUp(typed)).status).toBe(201);
    const again = await trySetUp(typed);
    expect([again.status, again.body.type]).toEqual([409, 'urn:liaise:problem:directory/set-up-done']);
    expect(await at.directory.firstAdministratorCode()).toBeNull();
  });

  test('only the code of the latest start counts, and the database holds no code', async () => {
    const first = await code();
    const second = await code();
    expect(second).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
    const stored = JSON.stringify(await at.db.selectFrom('directory.set_up_code').selectAll().execute());
    expect(stored).not.toContain(second);
    expect(stored).not.toContain(second.replaceAll('-', ''));
    expect((await trySetUp(first)).body.type).toBe('urn:liaise:problem:directory/set-up-code-wrong');
    expect((await trySetUp(second)).status).toBe(201);
  });

  test('a wrong code creates nobody, is in the audit, and soon has to wait', async () => {
    const right = await code();
    for (let attempt = 0; attempt < 11; attempt++)
      expect((await trySetUp('WRONG', `192.0.2.${attempt}`)).status).toBe(403);
    const waiting = await trySetUp(right, '192.0.2.99');
    expect([waiting.status, waiting.body.type]).toEqual([429, 'urn:liaise:problem:directory/too-many-attempts']);
    expect(waiting.headers['retry-after']).toBe('1');
    expect(await at.db.selectFrom('directory.user').selectAll().execute()).toEqual([]);
    const refusals = await at.db
      .selectFrom('audit.entry')
      .select(['event', 'outcome'])
      .where('event', '=', 'directory.set-up-refused')
      .execute();
    expect(refusals).toHaveLength(11);
    at.pass(1000);
    expect((await trySetUp(right)).status).toBe(201);
  });

  test('of two people with the code at once, one becomes administrator', async () => {
    const right = await code();
    const answers = await Promise.all([trySetUp(right), trySetUp(right)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});
