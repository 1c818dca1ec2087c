import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import type { Role } from '../kernel/index.ts';
import { asSession, testServer } from '../platform/http/server-fixture.ts';
import type { Keys } from './keys.ts';
import { keysEndpoints } from './routes.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
let server: Awaited<ReturnType<typeof testServer>>;
beforeEach(async () => {
  database = await testDatabase();
  place = keyFolder();
  await open();
});
afterEach(async () => {
  await server.close();
  await database.drop();
  place.remove();
});

async function open() {
  keys = await keysOn(database.db, place.rootKeyFile);
  server = await testServer(keysEndpoints({ keys, db: database.db }), { sealed: () => keys.sealed() });
}

const HEALTH = '/api/key-management/health';
const get = (url: string, ...roles: Role[]) => server.inject({ method: 'GET', url, headers: asSession(...roles) });
const post = (url: string, ...roles: Role[]) =>
  server.inject({ method: 'POST', url, headers: asSession(...roles), payload: { reason: 'as planned' } });

test('REG-12 KMF-01 KMF-05 ROL-11 sn_kmf.admin with cryptographic manager sees the report with its overall status', async () => {
  const answer = await get(HEALTH, 'sn_kmf.admin', 'sn_kmf.cryptographic_manager');
  expect(answer.statusCode).toBe(200);
  const health = answer.json();
  expect(health).toMatchObject({ status: 'degraded', sealed: false, onboardingReady: true, readOnly: false });
  const components = health.groups.flatMap((group: { components: unknown[] }) => group.components);
  expect(components).toContainEqual(
    expect.objectContaining({ name: 'recovery-file', status: 'degraded', cause: expect.stringMatching(/./) }),
  );
});

test('KMF-05 sn_kmf.admin with cryptographic auditor reads only', async () => {
  const answer = await get(HEALTH, 'sn_kmf.admin', 'sn_kmf.cryptographic_auditor');
  expect(answer.json()).toMatchObject({ readOnly: true });
});

test.each<Role[][]>([
  [[]],
  [['admin', 'security_admin']],
  [['sn_kmf.admin']],
  [['sn_kmf.cryptographic_manager']],
  [['sn_kmf.cryptographic_manager', 'sn_kmf.cryptographic_auditor']],
])('REG-13 KMF-05 %j is refused and told how the roles are assigned', async (roles) => {
  const answer = await get(HEALTH, ...roles);
  expect(answer.statusCode).toBe(403);
  expect(answer.json()).toMatchObject({ type: expect.stringContaining('keys/role-needed') });
  expect(answer.json().detail).toContain('PATCH /api/users/{id}');
  expect(answer.json().detail).toContain('admin and security_admin');
});

test('KMF-03 each call tries the components anew', async () => {
  const health = async () => (await get(HEALTH, 'sn_kmf.admin', 'sn_kmf.cryptographic_manager')).json();
  const away = join(place.folder, 'away');
  await rename(place.rootKeyFile, away);
  expect(await health()).toMatchObject({ onboardingReady: false, sealed: false });
  await rename(away, place.rootKeyFile);
  expect(await health()).toMatchObject({ onboardingReady: true });
});

test('a sealed instance answers the diagnostics and its modules, and changes no key', async () => {
  const away = join(place.folder, 'away');
  await rename(place.rootKeyFile, away);
  await server.close();
  await open();
  const answer = await get(HEALTH, 'sn_kmf.admin', 'sn_kmf.cryptographic_manager');
  expect(answer.json()).toMatchObject({
    sealed: true,
    onboardingReady: false,
    sealedReason: expect.stringContaining('does not exist'),
  });
  expect((await get('/api/key-management/modules', 'sn_kmf.admin')).statusCode).toBe(200);
  const refused = await post('/api/key-management/modules/sx.sign/keys/1/rotate', 'sn_kmf.cryptographic_manager');
  expect(refused.statusCode).toBe(503);
});

test('modules are listed and read with key versions and policies, without key material', async () => {
  const list = await get('/api/key-management/modules', 'sn_kmf.cryptographic_auditor');
  expect(list.json().items).toContainEqual(
    expect.objectContaining({ name: 'sx.sign', algorithm: 'Ed25519', activeVersion: 1, requiredForOnboarding: true }),
  );
  expect(list.json().items.map(({ activeSince }: { activeSince: string }) => activeSince)).toEqual(
    list.json().items.map(() => expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/)),
  );
  const one = await get('/api/key-management/modules/sx.sign', 'sn_kmf.cryptographic_auditor');
  expect(one.json().keys).toMatchObject([{ version: 1, state: 'active', stateLabel: 'Active', hasSecret: true }]);
  expect(one.json().policies).toContainEqual(
    expect.objectContaining({ subject: 'service:link', operations: ['sign', 'read-public'], effect: 'track' }),
  );
  expect(one.body).not.toContain('w1.');
  expect((await get('/api/key-management/modules/sx.nothing', 'sn_kmf.admin')).statusCode).toBe(404);
  expect((await get('/api/key-management/modules', 'admin')).statusCode).toBe(403);
});

test('a key is rotated and generated over the API', async () => {
  const rotated = await post('/api/key-management/modules/sx.sign/keys/1/rotate', 'sn_kmf.cryptographic_manager');
  expect(rotated.json()).toMatchObject({ version: 2, state: 'active', reason: 'as planned' });
  const generated = await post('/api/key-management/modules/sx.sign/keys', 'sn_kmf.cryptographic_manager');
  expect(generated.statusCode).toBe(201);
  expect(generated.json()).toMatchObject({ version: 3, state: 'generated' });
  const operator = await post('/api/key-management/modules/sx.sign/keys/2/suspend', 'sn_kmf.cryptographic_operator');
  expect(operator.statusCode).toBe(403);
  expect((await post('/api/key-management/modules/sx.sign/keys/2/shred', 'sn_kmf.admin')).statusCode).toBe(422);
});

test('refused uses of keys are listed with their reason', async () => {
  await keys
    .as('service:mail')
    .signer('sx.sign')
    .lease('sx-probe+jwt')
    .catch(() => undefined);
  await keys.lightCheck();
  const answer = await get('/api/key-management/decisions', 'sn_kmf.cryptographic_auditor');
  expect(answer.json().items).toMatchObject([
    { subject: 'service:mail', module: 'sx.sign', operation: 'sign', outcome: 'refused', count: 1 },
  ]);
});
