import { existsSync, rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import type { Role, UserActor, UserId } from '../kernel/index.ts';
import { asSession, testServer } from '../platform/http/server-fixture.ts';
import type { Keys } from './keys.ts';
import { keysEndpoints } from './routes.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
const clock = movableClock();
beforeEach(async () => {
  database = await testDatabase();
  place = keyFolder();
});
afterEach(async () => {
  await database.drop();
  place.remove();
});

const PASSPHRASE = 'correct horse battery staple';
const actor = (...roles: Role[]): UserActor => ({
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set(roles),
  via: 'session',
  authenticatedAt: new Date(0),
});
const ADMIN = actor('sn_kmf.admin');
const start = (rootKeyProvider: 'file' | 'passphrase') =>
  keysOn(database.db, place.rootKeyFile, { clock, rootKeyProvider });
const give = (keys: Keys, passphrase: string, repeat?: string) =>
  keys.manage.unseal(ADMIN, { passphrase, ...(repeat !== undefined && { repeat }) });
const sealing = (keys: Keys) => keys.as('service:link').sealer('sx.session');
const componentOf = async (keys: Keys, name: string) =>
  (await keys.diagnostics()).groups.flatMap((group) => group.components).find((one) => one.name === name);

test('by passphrase: sealed until it is set, sealed again after each start, opened by the same one; no file, no trace of it', async () => {
  const first = await start('passphrase');
  expect(first.sealedReason()).toContain('has not been given');
  expect(await componentOf(first, 'root-key')).toMatchObject({
    status: 'malfunction',
    cause: expect.stringContaining('unseal'),
  });
  expect(await first.manage.passphraseWanted()).toBe('new');
  await expect(give(first, PASSPHRASE)).rejects.toThrow('give it twice');
  expect(await give(first, PASSPHRASE, PASSPHRASE)).toEqual({ rootKey: 'passphrase', moved: false });
  expect((await first.gate()).ok).toBe(true);
  const sealed = await sealing(first).seal({ a: 'b' }, Buffer.from('x'));
  expect(existsSync(place.rootKeyFile)).toBe(false);

  const second = await start('passphrase');
  expect(second.sealed()).toBe(true);
  await expect(give(second, 'correct horse battery stable')).rejects.toMatchObject({ slug: 'keys/unseal-refused' });
  expect(second.sealed()).toBe(true);
  expect(await second.manage.passphraseWanted()).toBe('present');
  await give(second, PASSPHRASE);
  expect(await second.manage.passphraseWanted()).toBe(null);
  expect(await sealing(second).open({ a: 'b' }, sealed)).toEqual(Buffer.from('x'));
  const { rows } = await sql<{ event: string }>`select event, detail::text from audit.entry`.execute(database.db);
  expect(rows.map(({ event }) => event)).toEqual(expect.arrayContaining(['keys.unsealed', 'keys.unseal-refused']));
  expect(JSON.stringify(rows)).not.toContain('horse');
});

test('only sn_kmf.admin unseals, also over HTTP while sealed; a root key in a file has no passphrase', async () => {
  const keys = await start('passphrase');
  await expect(
    keys.manage.unseal(actor('admin', 'security_admin'), { passphrase: PASSPHRASE, repeat: PASSPHRASE }),
  ).rejects.toMatchObject({ slug: 'keys/role-needed' });
  const server = await testServer(keysEndpoints({ keys, db: database.db }), { sealed: () => keys.sealed() });
  const post = (role: Role) =>
    server.inject({
      method: 'POST',
      url: '/api/key-management/unseal',
      headers: asSession(role),
      payload: { passphrase: PASSPHRASE, repeat: PASSPHRASE },
    });
  expect((await post('sn_kmf.cryptographic_manager')).statusCode).toBe(403);
  const answers = [await post('sn_kmf.admin'), await post('sn_kmf.admin')];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  await server.close();
});

test('a root key in a file has no passphrase to give', async () => {
  await expect(give(await start('file'), PASSPHRASE, PASSPHRASE)).rejects.toThrow('opens by itself');
});

test('moving between providers wraps the instance root key anew and nothing else, there and back', async () => {
  const sealed = await sealing(await start('file')).seal({ a: 'b' }, Buffer.from('x'));
  const keysBefore = await database.db.selectFrom('keys.key_version').select('wrapped').orderBy('kid').execute();
  const asked = await start('passphrase');
  expect(asked.sealed()).toBe(false);
  expect(await componentOf(asked, 'root-key-place')).toMatchObject({ status: 'degraded', required: false });
  expect(await give(asked, PASSPHRASE, PASSPHRASE)).toEqual({ rootKey: 'passphrase', moved: true });
  expect(await componentOf(asked, 'root-key-place')).toMatchObject({ status: 'operational' });
  rmSync(place.rootKeyFile);

  const moved = await start('passphrase');
  expect(moved.sealed()).toBe(true);
  await give(moved, PASSPHRASE);
  expect(await sealing(moved).open({ a: 'b' }, sealed)).toEqual(Buffer.from('x'));

  const back = await start('file');
  expect(await back.manage.passphraseWanted()).toBe('present');
  expect(back.sealed()).toBe(true);
  expect(await give(back, PASSPHRASE)).toEqual({ rootKey: 'file', moved: true });
  const again = await start('file');
  expect(again.sealed()).toBe(false);
  expect(await sealing(again).open({ a: 'b' }, sealed)).toEqual(Buffer.from('x'));
  expect(await database.db.selectFrom('keys.key_version').select('wrapped').orderBy('kid').execute()).toEqual(
    keysBefore,
  );
});
