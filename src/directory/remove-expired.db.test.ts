import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { createApiToken, createSignInLink, signIn } from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';
import { removeExpired } from './index.ts';

let at: OpenedDirectory;
beforeAll(async () => {
  at = await openDirectory();
});
afterAll(() => at.close());

const counts = async () =>
  Promise.all(
    (['directory.session', 'directory.sign_in_link', 'directory.api_token', 'directory.throttle'] as const).map(
      async (table) => (await at.db.selectFrom(table).selectAll().execute()).length,
    ),
  );
const clean = async () => {
  await transact(at.db, (tx) => at.jobs.send(tx, removeExpired, {}));
  await at.jobs.drain();
};

test('what is over is removed, what still holds stays', async () => {
  const admin = await at.people.signedIn({ roles: ['admin'] });
  await at.call(createSignInLink, { params: { id: (await at.people.person()).id } }, admin);
  await at.call(createApiToken, { input: { name: 'short', expiresInDays: 1 } }, admin);
  await at.call(signIn, { input: { username: 'nobody', password: 'a wrong guess here' } });
  const before = await counts();
  expect(before).toEqual([1, 1, 1, 2]);
  await clean();
  expect(await counts()).toEqual(before);
  at.pass(DAY_MS + 1);
  await clean();
  expect(await counts()).toEqual([0, 0, 1, 0]);
  at.pass(30 * DAY_MS);
  await clean();
  expect(await counts()).toEqual([0, 0, 0, 0]);
});
