import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import type { Role } from '../kernel/index.ts';
import { asSession, testServer } from '../platform/http/server-fixture.ts';
import { kidOf, publicXOf } from './key-material.ts';
import type { Keys } from './keys.ts';
import { openRecoveryFile } from './recovery-file.ts';
import { keysEndpoints } from './routes.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
let server: Awaited<ReturnType<typeof testServer>>;
beforeAll(async () => {
  database = await testDatabase();
  place = keyFolder();
  keys = await keysOn(database.db, place.rootKeyFile);
  server = await testServer(keysEndpoints({ keys, db: database.db }));
});
afterAll(async () => {
  await server.close();
  await database.drop();
  place.remove();
});

const PASSPHRASE = 'correct horse battery staple';
const post = (url: string, payload: object, ...roles: Role[]) =>
  server.inject({
    method: 'POST',
    url: `/api/key-management/recovery-file${url}`,
    headers: asSession(...roles),
    payload,
  });
const nextRoot = () =>
  database.db
    .selectFrom('keys.key_version')
    .selectAll()
    .where('module', '=', 'sx.identity')
    .where('version', '=', 2)
    .executeTakeFirstOrThrow();
const advised = async () =>
  (await keys.diagnostics()).groups.flatMap((group) => group.components).find(({ name }) => name === 'recovery-file');

test('the next root key leaves as a file that opens with its passphrase alone, and is destroyed here once that is proved', async () => {
  const refused = await post('', { passphrase: PASSPHRASE }, 'admin', 'security_admin');
  expect(refused.statusCode).toBe(403);
  expect((await post('', { passphrase: 'short' }, 'sn_kmf.admin')).statusCode).toBe(422);

  const { file } = (await post('', { passphrase: PASSPHRASE }, 'sn_kmf.admin')).json();
  const opened = await openRecoveryFile(file, PASSPHRASE);
  expect(opened.ok && kidOf(publicXOf(opened.value))).toBe(keys.identity().genesis.next);
  expect(await openRecoveryFile(file, `${PASSPHRASE}!`)).toEqual({ ok: false, error: 'does-not-open' });
  expect((await nextRoot()).wrapped).not.toBeNull();
  expect(await advised()).toMatchObject({ status: 'degraded' });

  const confirm = (changed: object, passphrase = PASSPHRASE) =>
    post('/confirm', { passphrase, file: { ...file, ...changed } }, 'sn_kmf.admin');
  expect((await confirm({}, 'another passphrase')).json().type).toContain('keys/recovery-file-refused');
  expect((await confirm({ createdAt: '2020-01-01T00:00:00.000Z' })).json().type).toContain('recovery-file-refused');
  expect((await nextRoot()).wrapped).not.toBeNull();

  expect((await confirm({})).statusCode).toBe(200);
  expect(await nextRoot()).toMatchObject({ wrapped: null, state: 'generated' });
  expect(await advised()).toMatchObject({ status: 'operational' });
  expect((await keys.gate()).warnings).toEqual([]);
  expect((await post('', { passphrase: PASSPHRASE }, 'sn_kmf.admin')).json().type).toContain('keys/action-refused');

  const { rows } = await sql<{ row: string }>`select row_to_json(e)::text as row from audit.entry e`.execute(
    database.db,
  );
  const audit = rows.map(({ row }) => row).join();
  expect(audit).toContain('keys.recovery-file-made');
  expect(audit).toContain('keys.recovery-file-confirmed');
  expect(audit).not.toContain(PASSPHRASE);
});
