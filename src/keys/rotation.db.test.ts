import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type UserActor, type UserId } from '../kernel/index.ts';
import type { Database } from '../platform/db/index.ts';
import { verifyManifest } from '../protocol/index.ts';
import type { Keys } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { sealedColumn } from './sealed-column-repo.ts';

type Sample = { place: string; sealed: string };
const samples = sealedColumn('keys.sample' as keyof Database, 'sealed' as never, (row) => ({
  place: (row as unknown as Sample).place,
}));

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let clock: ReturnType<typeof movableClock>;
let keys: Keys;
beforeEach(async () => {
  clock = movableClock();
  database = await testDatabase();
  await sql.raw('create table keys.sample (place text, sealed text)').execute(database.db);
  place = keyFolder();
  keys = await open();
});
afterEach(async () => {
  await database.drop();
  place.remove();
});

/** As after a restart: nothing of the process before is left but the database. */
const open = (more: Partial<KeysDeps> = {}) =>
  keysOn(database.db, place.rootKeyFile, {
    clock,
    sealedColumns: { 'sx.invite': [], 'sx.session': [samples], 'sx.secret': [], 'sx.data': [] },
    ...more,
  });

const MANAGER: UserActor = {
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set(['sn_kmf.cryptographic_manager']),
  via: 'session',
  authenticatedAt: new Date(0),
};
const begin = (module: string) => keys.manage.rotateInOrder(MANAGER, { module, reason: 'as planned' });
const act = (module: string, version: number, action: 'rotate' | 'report-compromised' | 'activate') =>
  keys.manage.act(MANAGER, { module, version, action, reason: 'in between' });
const latest = async (module: string) => (await keys.manage.rotations(module))[0];
const signKid = async () => (await keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt')).kid;
const states = async (module: string) =>
  (
    await sql<{ state: string }>`
      select state from keys.key_version where module = ${module} order by version`.execute(database.db)
  ).rows.map(({ state }) => state);
const manifest = async () => {
  const { id, genesis, manifest: jws } = keys.identity();
  const verified = await verifyManifest(jws ?? '', { id, root: genesis.root, now: clock.now() });
  if (!verified.ok) throw new Error(verified.error.code);
  return verified.value;
};
const component = async (name: string) =>
  (await keys.diagnostics()).groups.flatMap(({ components }) => components).find((one) => one.name === name);

test('a signing key in order: published, waiting, promoted, draining, retired; each phase survives the end of its process', async () => {
  const old = await signKid();
  await begin('sx.sign');
  expect((await manifest()).keys.filter(({ use }) => use === 'sign').map(({ state }) => state)).toEqual([
    'active',
    'pre-active',
  ]);
  keys = await open();
  await keys.advanceRotations();
  expect([await signKid(), (await latest('sx.sign'))?.phase]).toEqual([old, 'observing']);

  clock.move(5 * MINUTE_MS);
  keys = await open();
  await keys.advanceRotations();
  expect(await signKid()).not.toBe(old);
  expect(await latest('sx.sign')).toMatchObject({ phase: 'draining', promoted_at: clock.now() });
  expect((await manifest()).keys.filter(({ use }) => use === 'sign').map(({ state }) => state)).toEqual([
    'active',
    'deactivated',
  ]);

  clock.move(399 * DAY_MS);
  keys = await open();
  await keys.advanceRotations();
  expect((await states('sx.sign'))[0]).toBe('deactivated');
  clock.move(DAY_MS);
  keys = await open();
  await keys.advanceRotations();
  expect((await states('sx.sign'))[0]).toBe('destroyed');
  expect((await keys.manage.rotations('sx.sign')).find(({ from_version }) => from_version === 1)?.phase).toBe(
    'retired',
  );
});

test('a successor is promoted when the last peer has seen it, or a day after, whichever is first', async () => {
  const asked: number[] = [];
  let seen = false;
  keys = await open({
    async peersHaveSeen(seq) {
      asked.push(seq);
      return seen;
    },
  });
  await begin('sx.sign');
  clock.move(HOUR_MS);
  await keys.advanceRotations();
  expect((await latest('sx.sign'))?.phase).toBe('observing');
  expect(asked).toEqual([(await manifest()).seq]);
  seen = true;
  await keys.advanceRotations();
  expect((await latest('sx.sign'))?.phase).toBe('draining');

  seen = false;
  await begin('sx.oauth.client');
  clock.move(DAY_MS);
  await keys.advanceRotations();
  expect((await latest('sx.oauth.client'))?.phase).toBe('draining');
});

test('a sealing key in order: takes over at once, stored values are sealed anew, the old key is destroyed when none is left', async () => {
  const sealer = () => keys.as('service:link').sealer('sx.session');
  const sealed = await Promise.all(
    Array.from({ length: 603 }, (_, place) => sealer().seal({ place: String(place) }, Buffer.from(`plain ${place}`))),
  );
  const values = sealed.map((value, index) => ({ place: String(index), sealed: value }));
  await sql`insert into keys.sample select place, sealed from jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
    as value (place text, sealed text)`.execute(database.db);
  const begun = await begin('sx.session');
  expect(begun).toMatchObject({ phase: 'draining', from_version: 1, to_version: 2 });
  expect(await latest('sx.session')).toMatchObject({ resealed: 0, remaining: 603 });
  await keys.advanceRotations();
  expect(await latest('sx.session')).toMatchObject({ phase: 'draining', resealed: 603, remaining: 0 });
  const { rows } = await sql<Sample>`select * from keys.sample`.execute(database.db);
  expect(rows.every(({ sealed }) => sealed.startsWith('s1.2.'))).toBe(true);
  expect(await sealer().open({ place: '7' }, rows.find((row) => row.place === '7')?.sealed ?? '')).toEqual(
    Buffer.from('plain 7'),
  );
  clock.move(MINUTE_MS);
  await keys.advanceRotations();
  expect(await latest('sx.session')).toMatchObject({ phase: 'retired' });
  expect(await states('sx.session')).toEqual(['destroyed', 'active']);
});

test('rotations begin by themselves before four fifths of a life, each key at its own moment', async () => {
  clock.move(0.69 * 30 * DAY_MS);
  await keys.advanceRotations();
  expect(await states('sx.oauth.as')).toEqual(['active']);
  clock.move(0.1 * 30 * DAY_MS);
  await keys.advanceRotations();
  await keys.advanceRotations();
  expect(await states('sx.oauth.as')).toEqual(['active', 'generated']);
  expect(await states('sx.invite')).toEqual(['deactivated', 'active']);
  clock.move(5 * MINUTE_MS);
  await keys.advanceRotations();
  expect(await states('sx.oauth.as')).toEqual(['deactivated', 'active']);
  expect((await component('key-life'))?.status).toBe('operational');
});

test('an overdue rotation is yellow at four fifths and red at the end, and the key goes on working', async () => {
  clock.move(24 * DAY_MS);
  expect(await component('key-life')).toMatchObject({ status: 'degraded', required: false });
  clock.move(6 * DAY_MS);
  expect(await component('key-life')).toMatchObject({
    status: 'malfunction',
    cause: expect.stringContaining('sx.oauth.as version 1 is overdue'),
    remedy: expect.stringMatching(/Rotate/),
  });
  expect((await keys.gate()).ok).toBe(true);
  expect(await keys.as('service:access').privateKey('sx.oauth.as')).toMatchObject({ kid: expect.any(String) });
});

test('a rotation that is overtaken by a compromise stops, and its successor leaves the manifest', async () => {
  await begin('sx.sign');
  await act('sx.sign', 1, 'report-compromised');
  await keys.advanceRotations();
  expect((await latest('sx.sign'))?.phase).toBe('stopped');
  expect(await states('sx.sign')).toEqual(['compromised', 'destroyed', 'active']);
  expect((await manifest()).keys.filter(({ use }) => use === 'sign')).toHaveLength(1);
});

test('one rotation of a module at a time', async () => {
  await begin('sx.sign');
  await expect(begin('sx.sign')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  await expect(begin('sx.identity')).rejects.toMatchObject({ slug: 'keys/action-refused' });
});

test('two nodes that advance at once promote once', async () => {
  await begin('sx.sign');
  clock.move(5 * MINUTE_MS);
  const other = await open();
  await Promise.all([keys.advanceRotations(), other.advanceRotations()]);
  const { rows } = await sql`select 1 from audit.entry where event = 'keys.rotation-promoted'`.execute(database.db);
  expect(rows).toHaveLength(1);
});
