import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { detailsFor, keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import { DAY_MS } from '../kernel/index.ts';
import { openDatabase } from '../platform/db/index.ts';
import { verifyManifest } from '../protocol/index.ts';
import { RootKeyUnsafe } from './create-keys.ts';
import type { Identity } from './keys.ts';
import { moduleNames } from './module.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
beforeEach(async () => {
  database = await testDatabase();
  place = keyFolder();
});
afterEach(async () => {
  await database.drop();
  place.remove();
});

const read = (identity: Identity, now: Date) =>
  verifyManifest(identity.manifest ?? '', {
    id: identity.id,
    root: identity.genesis.root,
    now,
    origin: 'https://p.example',
  });

test('the first start makes a root key file of 32 bytes that only its owner may read, an identity, and one active key a module', async () => {
  const clock = movableClock();
  const keys = await keysOn(database.db, place.rootKeyFile, { clock });
  expect(keys.sealed()).toBe(false);
  expect((await stat(place.rootKeyFile)).mode & 0o777).toBe(0o400);
  expect((await readFile(place.rootKeyFile)).length).toBe(32);
  const rows = await database.db.selectFrom('keys.key_version').selectAll().where('state', '=', 'active').execute();
  expect(rows.map(({ module }) => module).sort()).toEqual([...moduleNames].sort());
  const identity = keys.identity();
  const manifest = await read(identity, clock.now());
  expect(manifest.ok && manifest.value.keys.map(({ use }) => use).sort()).toEqual(['as', 'client', 'sign']);
  expect(manifest.ok && manifest.value.seq).toBe(1);
});

test('both root keys exist from the first start, and the genesis commits to the next one', async () => {
  const { genesis } = (await keysOn(database.db, place.rootKeyFile)).identity();
  const roots = await database.db
    .selectFrom('keys.key_version')
    .select(['version', 'state', 'kid', 'wrapped'])
    .where('module', '=', 'sx.identity')
    .orderBy('version')
    .execute();
  expect(roots.map(({ state }) => state)).toEqual(['active', 'generated']);
  expect(roots[1]?.kid).toBe(genesis.next);
  expect(roots[1]?.wrapped).not.toBeNull();
});

test('a second start opens the same identity and changes nothing', async () => {
  const first = (await keysOn(database.db, place.rootKeyFile)).identity();
  const second = (await keysOn(database.db, place.rootKeyFile)).identity();
  expect(second).toEqual(first);
});

test('two processes that start at once make exactly one identity and one root key', async () => {
  // The embedded database admits one process, so there the two are two starts over one connection.
  const other = database.url === undefined ? null : await openDatabase({ url: database.url });
  const started = await Promise.all([
    keysOn(database.db, place.rootKeyFile),
    keysOn((other ?? database).db, place.rootKeyFile),
  ]);
  const ids = started.map((keys) => keys.identity().id);
  expect(new Set(ids).size).toBe(1);
  expect(started.map((keys) => keys.sealed())).toEqual([false, false]);
  const { count } = await database.db
    .selectFrom('keys.key_version')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(moduleNames.length + 1);
  const sealed = await started[0].as('service:provider').sealer('sx.invite').seal({ a: 'b' }, Buffer.from('x'));
  expect(
    Buffer.from(await started[1].as('service:provider').sealer('sx.invite').open({ a: 'b' }, sealed)).toString(),
  ).toBe('x');
  await other?.close();
});

test('a root key is never made for a database that already holds keys: the instance starts sealed and unseals by itself', async () => {
  await keysOn(database.db, place.rootKeyFile);
  const away = join(place.folder, 'away');
  await rename(place.rootKeyFile, away);
  const keys = await keysOn(database.db, place.rootKeyFile);
  expect(keys.sealed()).toBe(true);
  expect(keys.sealedReason()).toContain('does not exist');
  expect(() => keys.identity()).toThrow('The instance is sealed');
  await expect(keys.as('service:provider').publicKeys('sx.sign')).rejects.toMatchObject({ slug: 'keys/sealed' });
  await expect(stat(place.rootKeyFile)).rejects.toThrow();
  expect((await keys.lightCheck()).status).not.toBe('operational');

  const recovered: string[] = [];
  keys.onRecovered((names) => recovered.push(...names));
  await rename(away, place.rootKeyFile);
  await keys.lightCheck();
  expect(keys.sealed()).toBe(false);
  expect(keys.sealedReason()).toBeNull();
  expect(recovered).toContain('root-key');
  expect((await keys.gate()).ok).toBe(true);
});

test('another root key, or a file of another length, leaves the instance sealed with the reason', async () => {
  await keysOn(database.db, place.rootKeyFile);
  await rm(place.rootKeyFile);
  await writeFile(place.rootKeyFile, Buffer.alloc(32, 7), { mode: 0o400 });
  const other = await keysOn(database.db, place.rootKeyFile);
  expect(other.sealedReason()).toContain('does not open the instance root key');
  await rm(place.rootKeyFile);
  await writeFile(place.rootKeyFile, 'short', { mode: 0o400 });
  const short = await keysOn(database.db, place.rootKeyFile);
  expect(short.sealedReason()).toContain('holds 5 bytes');
});

test('a first start that cannot write the root key stores nothing, says why, and goes on by itself', async () => {
  const inMissingFolder = join(place.folder, 'later', 'root.key');
  const keys = await keysOn(database.db, inMissingFolder);
  expect(keys.sealedReason()).toContain('cannot be written');
  expect(await database.db.selectFrom('keys.instance').selectAll().execute()).toEqual([]);
  expect((await keys.gate()).failing.map(({ name }) => name)).toEqual(['root-key']);
  await mkdir(join(place.folder, 'later'));
  await keys.lightCheck();
  expect(keys.sealed()).toBe(false);
});

test('a root key that others may read, or that lies inside the data directory, stops the start', async () => {
  await keysOn(database.db, place.rootKeyFile);
  await chmod(place.rootKeyFile, 0o444);
  await expect(keysOn(database.db, place.rootKeyFile)).rejects.toThrow(RootKeyUnsafe);
  const inside = join(place.folder, 'data', 'keys', 'root.key');
  await expect(keysOn(database.db, inside, { dataDir: join(place.folder, 'data') })).rejects.toThrow(
    'inside the data directory',
  );
});

test('the manifest is signed again when it says something else, and a week before it ends', async () => {
  const clock = movableClock();
  let display = 'Before';
  const keys = await keysOn(database.db, place.rootKeyFile, {
    clock,
    manifestDetails: () => detailsFor('https://p.example', display),
  });
  const seq = async () => keys.identity().manifestSeq;
  await keys.refreshManifest();
  expect(await seq()).toBe(1);
  display = 'After';
  await keys.refreshManifest();
  expect(await seq()).toBe(2);
  clock.move(22 * DAY_MS);
  await keys.lightCheck();
  expect(await seq()).toBe(2);
  clock.move(2 * DAY_MS);
  await keys.lightCheck();
  expect(await seq()).toBe(3);
  const identity = keys.identity();
  const manifest = await read(identity, clock.now());
  expect(manifest.ok && manifest.value.display).toBe('After');
});

test('without a public address there is an identity and no manifest', async () => {
  const keys = await keysOn(database.db, place.rootKeyFile, { manifestDetails: () => null });
  expect(keys.identity().manifest).toBeNull();
  const components = (await keys.diagnostics()).groups.flatMap((group) => group.components);
  expect(components.find(({ name }) => name === 'manifest')).toMatchObject({ status: 'degraded', required: false });
  expect((await keys.gate()).ok).toBe(true);
});

test('what was sealed before a restart opens after it', async () => {
  const before = (await keysOn(database.db, place.rootKeyFile)).as('service:link').sealer('sx.session');
  const sealed = await before.seal({ connection: 'con_1' }, Buffer.from('secret'));
  const after = (await keysOn(database.db, place.rootKeyFile)).as('service:link').sealer('sx.session');
  expect(Buffer.from(await after.open({ connection: 'con_1' }, sealed)).toString()).toBe('secret');
});
