import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import { changeUser } from '../directory/contract.ts';
import { type OpenedDirectory, openDirectory } from '../directory/directory-fixture.ts';
import { testServer } from '../platform/http/server-fixture.ts';
import { keysEndpoints } from './routes.ts';

let at: OpenedDirectory;
let place: ReturnType<typeof keyFolder>;
let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  at = await openDirectory();
  place = keyFolder();
  const keys = await keysOn(at.db, place.rootKeyFile);
  server = await testServer(keysEndpoints({ keys, db: at.db }), { authenticate: at.directory.authenticate });
});
afterAll(async () => {
  await server.close();
  await at.close();
  place.remove();
});

test('REG-14 KMF-29 the two roles, given by admin with security_admin, open the health page at once, in the same session', async () => {
  const administrator = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
  const person = await at.people.signedIn({ roles: [] });
  const health = async () =>
    (await server.inject({ method: 'GET', url: '/api/key-management/health', headers: person.headers })).statusCode;
  const give = (roles: ('sn_kmf.admin' | 'sn_kmf.cryptographic_manager')[]) =>
    at.call(changeUser, { params: { id: person.id }, input: { roles } }, { headers: administrator.headers });

  expect(await health()).toBe(403);
  await give(['sn_kmf.admin']);
  expect(await health()).toBe(403);
  expect((await give(['sn_kmf.admin', 'sn_kmf.cryptographic_manager'])).status).toBe(200);
  expect(await health()).toBe(200);
  await give([]);
  expect(await health()).toBe(403);
});
