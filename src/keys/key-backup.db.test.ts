import { rmSync } from 'node:fs';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock, secretFiles } from '../../test/harness/keys.ts';
import { type Role, systemRandom, type UserActor } from '../kernel/index.ts';
import { asSession, testServer } from '../platform/http/server-fixture.ts';
import { currentRoot, verifyManifest } from '../protocol/index.ts';
import { importKeys } from './import-keys.ts';
import { createRecipientKey, type KeyBackup, openKeyBackup, type RecipientKey, sealKeyBackup } from './key-backup.ts';
import { readBackupContent } from './key-backup-content.ts';
import { verifyBytes } from './key-material.ts';
import { newKeyVersion } from './key-versions.ts';
import type { Keys } from './keys.ts';
import { macOfRow } from './metadata-mac.ts';
import { digestOf, openHierarchy } from './open-hierarchy.ts';
import { keysEndpoints } from './routes.ts';
import { importWrappingKey } from './wrap.ts';

const clock = movableClock();
const MANAGER: UserActor = {
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as never,
  username: 'ada',
  roles: new Set(['sn_kmf.admin']),
  via: 'session',
  authenticatedAt: clock.now(),
};
const TABLES = ['instance', 'class_key', 'key_version', 'access_policy'];
const databases: TestDatabase[] = [];
const places: ReturnType<typeof keyFolder>[] = [];
const another = async () => {
  const database = await testDatabase();
  const place = keyFolder();
  databases.push(database);
  places.push(place);
  return { ...database, rootKeyFile: place.rootKeyFile };
};
type Home = Awaited<ReturnType<typeof another>>;

let home: Home;
let keys: Keys;
let recipient: RecipientKey;
beforeEach(async () => {
  home = await another();
  keys = await keysOn(home.db, home.rootKeyFile, { clock });
  recipient = await createRecipientKey();
});
afterEach(async () => {
  await Promise.all(databases.splice(0).map((each) => each.drop()));
  for (const place of places.splice(0)) place.remove();
});

const askFor = async (payload: object, ...roles: Role[]) => {
  const server = await testServer(keysEndpoints({ keys, db: home.db }));
  const answer = await server.inject({
    method: 'POST',
    url: '/api/key-management/export',
    headers: asSession(...roles),
    payload: { recipient: recipient.publicKey, reason: 'yearly backup', confirm: 'export', ...payload },
  });
  await server.close();
  return answer;
};
const exported = async (): Promise<KeyBackup> => (await askFor({}, 'sn_kmf.cryptographic_manager')).json().backup;
const restore = (at: Home, backup: unknown, changed: object = {}) =>
  importKeys(
    { ...at, clock, random: systemRandom, files: secretFiles, rootKeyProvider: 'file', passphraseFile: null },
    { backup, recipient, instance: (backup as KeyBackup).instance, ...changed },
  );
const stored = async ({ db }: Home) => {
  const counts = TABLES.map((table) => sql<{ n: number }>`select count(*)::int n from ${sql.table(`keys.${table}`)}`);
  return Promise.all(counts.map(async (count) => (await count.execute(db)).rows[0]?.n));
};

test('a backup brings an instance back where nothing is left: a value sealed before opens, a signature verifies, both go on', async () => {
  const sealer = (of: Keys) => of.as('service:link').sealer('sx.session');
  const lent = (of: Keys) => of.as('service:link').signer('sx.sign').lease('sx-receipt+jwt');
  const sealed = await sealer(keys).seal({ a: 'b' }, Buffer.from('x'));
  const { kid } = await lent(keys);
  const backup = await exported();
  const { id } = keys.identity();
  const everything = JSON.stringify(backup);

  const fresh = await another();
  expect(await restore(fresh, JSON.parse(everything))).toEqual({ instance: id, restored: 'all-keys' });
  await sql`truncate keys.instance, keys.class_key, keys.key_version, keys.access_policy, keys.rotation`.execute(
    home.db,
  );
  rmSync(home.rootKeyFile);

  const restored = await keysOn(fresh.db, fresh.rootKeyFile, { clock });
  expect(restored.identity()).toMatchObject({ id });
  expect(await sealer(restored).open({ a: 'b' }, sealed)).toEqual(Buffer.from('x'));
  const signer = await lent(restored);
  expect(signer.kid).toBe(kid);
  const published = await restored.as('service:link').publicKeys('sx.sign');
  const { x } = published.find((key) => key.kid === kid)?.jwk ?? { x: '' };
  expect(await verifyBytes(x, Buffer.from('text'), await signer.sign(Buffer.from('text')))).toBe(true);
  expect((await restored.gate()).ok).toBe(true);
  expect(await restore(fresh, backup)).toMatchObject({ restored: 'nothing' });
  const { rows } = await sql<{ detail: unknown }>`
    select detail from audit.entry where event = 'keys.imported'`.execute(fresh.db);
  expect(rows).toEqual([{ detail: { restored: 'all-keys', rootKey: 'file' } }]);
});

test('after an import peers that have seen a manifest newer than the backup accept the next one, and not the one of the backup', async () => {
  const manifestOf = (of: Keys) => of.identity().manifest ?? '';
  await keys.refreshManifest();
  const backup = await exported();
  const early = manifestOf(keys);
  for (const module of ['sx.sign', 'sx.oauth.as'])
    await keys.manage.generate(MANAGER, { module, reason: 'after the backup' });
  const { id, genesis, log, manifestSeq: seenSeq } = keys.identity();
  const root = await currentRoot(id, genesis, log);
  if (!root.ok) throw new Error(root.error);
  const seen = (manifest: string) => verifyManifest(manifest, { id, root: root.value, now: clock.now(), seenSeq });
  expect(await seen(early)).toMatchObject({ ok: false, error: { code: 'rolled-back' } });

  const fresh = await another();
  await restore(fresh, backup);
  const restored = await keysOn(fresh.db, fresh.rootKeyFile, { clock });
  await restored.refreshManifest();
  expect(await seen(manifestOf(restored))).toMatchObject({ ok: true, value: { seq: restored.identity().manifestSeq } });
  expect(restored.identity().manifestSeq).toBeGreaterThan(seenSeq);
  expect((await restored.gate()).failing).toEqual([]);
});

test('a backup made before a column was added is read', async () => {
  const opened = await openKeyBackup(await exported(), recipient);
  if (!opened.ok) throw new Error(opened.error);
  const older = JSON.parse(opened.value.toString());
  delete older.rows.instance.active_days;
  const read = readBackupContent(Buffer.from(JSON.stringify(older)));
  if (!read.ok) throw new Error(read.error);
  const { instanceRootKey, rows } = read.value;
  expect(rows.instance.active_days).toBeNull();
  expect((await openHierarchy(rows, null, await importWrappingKey(instanceRootKey))).tampered).toEqual([]);
});

test('a database that is there keeps its own records: it only gets a root key, or a passphrase, that opens them', async () => {
  const backup = await exported();
  await keys.manage.generate(MANAGER, { module: 'sx.sign', reason: 'after the backup' });
  const before = await stored(home);
  rmSync(home.rootKeyFile);
  expect((await keysOn(home.db, home.rootKeyFile, { clock })).sealed()).toBe(true);
  expect(await restore(home, backup)).toMatchObject({ restored: 'root-key' });
  expect(await stored(home)).toEqual(before);
  expect((await keysOn(home.db, home.rootKeyFile, { clock })).sealed()).toBe(false);

  const passphrase = 'correct horse battery staple';
  const fresh = await another();
  const settings = { ...fresh, clock, random: systemRandom, files: secretFiles, passphraseFile: null };
  const asked = { backup, recipient, instance: backup.instance };
  await expect(importKeys({ ...settings, rootKeyProvider: 'passphrase' }, asked)).rejects.toThrow('has not been given');
  expect(await stored(fresh)).toEqual([0, 0, 0, 0]);
  await importKeys({ ...settings, rootKeyProvider: 'passphrase' }, { ...asked, passphrase });
  expect((await keysOn(fresh.db, fresh.rootKeyFile, { clock, rootKeyProvider: 'passphrase' })).sealed()).toBe(true);
});

test('altered anywhere, for another recipient, of another instance or made up: refused, and nothing is imported', async () => {
  const backup = await exported();
  const fresh = await another();
  const refused = async (changed: unknown, told: RegExp, more: object = {}) => {
    await expect(restore(fresh, changed, more)).rejects.toMatchObject({
      slug: 'keys/backup-refused',
      message: expect.stringMatching(told),
    });
    expect(await stored(fresh)).toEqual([0, 0, 0, 0]);
  };
  const flipped = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  for (const member of ['enc', 'sealed'] as const)
    for (const at of [0, Math.floor(backup[member].length / 2), backup[member].length - 3])
      await refused({ ...backup, [member]: flipped(backup[member], at) }, /altered or damaged.*Nothing was imported/);
  await refused({ ...backup, createdAt: '2020-01-01T00:00:00.000Z' }, /altered or damaged/);
  await refused({ ...backup, sealed: backup.sealed.slice(0, -4) }, /altered or damaged/);
  await refused({ ...backup, typ: 'liaise-key-backup/2' }, /not a backup/);

  const other = await createRecipientKey();
  await refused(backup, /another recipient/, { recipient: other });
  await refused(backup, /altered or damaged/, { recipient: { ...recipient, privateKey: other.privateKey } });

  const elsewhere = await another();
  const { id: otherId } = (await keysOn(elsewhere.db, elsewhere.rootKeyFile, { clock })).identity();
  await refused(backup, /is to be restored/, { instance: otherId });
  await refused({ ...backup, instance: otherId }, /altered or damaged/, { instance: otherId });
  await expect(restore(elsewhere, backup)).rejects.toThrow('belongs to another instance');

  // Anybody can seal to a public key: records that another instance made, under the name of this one.
  const opened = await openKeyBackup(backup, recipient);
  if (!opened.ok) throw new Error(opened.error);
  const honest = JSON.parse(opened.value.toString());
  const seal = async (content: object) => {
    const text = Buffer.from(JSON.stringify(content));
    const made = { instance: backup.instance, createdAt: clock.now(), recipient: recipient.publicKey, content: text };
    const sealed = await sealKeyBackup(made);
    return sealed.ok ? sealed.value : null;
  };
  await refused(await seal({ ...honest, instanceRootKey: Buffer.alloc(32).toString('base64url') }), /not those of/);
  const [key] = honest.rows.keyVersions;
  const altered = { ...honest.rows, keyVersions: [{ ...key, expires_at: null }, ...honest.rows.keyVersions.slice(1)] };
  await refused(await seal({ ...honest, rows: altered }), /not those of/);
  await refused(await seal({ ...honest, rows: { ...honest.rows, instance: {} } }), /does not hold the keys of/);
  await refused(await seal(await withForeignIdentity(opened.value)), /not those of/);
});

/** Authentic in itself, as whoever makes a hierarchy of their own can have it, but without this instance's identity key. */
async function withForeignIdentity(honest: Buffer): Promise<object> {
  const content = readBackupContent(honest);
  if (!content.ok) throw new Error(content.error);
  const { instanceRootKey, rows } = content.value;
  const { vault } = await openHierarchy(rows, null, await importWrappingKey(Buffer.from(instanceRootKey)));
  if (vault === null) throw new Error('the honest backup does not open');
  const store = { ...vault, instance: vault.instanceId };
  const made = { module: 'sx.identity', version: 1, state: 'active', now: clock.now(), reason: 'forged' } as const;
  const identity = await newKeyVersion(store, systemRandom, made);
  const keyVersions = rows.keyVersions.map((row) =>
    row.kid === keys.identity().genesis.next || row.module !== 'sx.identity' ? row : identity,
  );
  const instance = { ...rows.instance, rows_digest: digestOf({ ...rows, keyVersions }) };
  const mac = await macOfRow(vault.hmacKey, 'instance', instance);
  return {
    instanceRootKey: instanceRootKey.toString('base64url'),
    rows: { ...rows, keyVersions, instance: { ...instance, mac } },
  };
}

test('an export needs a manager, a reason, the typed word and a real public key, and is in the audit log without any secret', async () => {
  expect((await askFor({}, 'admin', 'security_admin')).statusCode).toBe(403);
  expect((await askFor({}, 'sn_kmf.cryptographic_operator')).statusCode).toBe(403);
  expect((await askFor({ reason: '' }, 'sn_kmf.admin')).statusCode).toBe(422);
  expect((await askFor({ confirm: 'yes' }, 'sn_kmf.admin')).json().errors).toMatchObject([{ field: 'confirm' }]);
  const noKey = `lbr1.${'A'.repeat(1_621)}B`;
  expect((await askFor({ recipient: noKey }, 'sn_kmf.admin')).json().errors).toMatchObject([{ field: 'recipient' }]);
  expect((await askFor({ recipient: 'lbr1.short' }, 'sn_kmf.admin')).statusCode).toBe(422);
  const { rows: before } = await sql`select 1 from audit.entry where event = 'keys.exported'`.execute(home.db);
  expect(before).toHaveLength(0);

  const backup = await exported();
  const { rows } = await sql<{ actor_name: string; detail: unknown }>`
    select actor_name, detail from audit.entry where event = 'keys.exported'`.execute(home.db);
  expect(rows).toEqual([
    { actor_name: expect.any(String), detail: { recipient: backup.recipient, reason: 'yearly backup' } },
  ]);
  await sql`update keys.key_version set expires_at = null where module = 'sx.sign'`.execute(home.db);
  expect((await askFor({}, 'sn_kmf.admin')).json().detail).toContain('altered outside the program');
  rmSync(home.rootKeyFile);
  expect((await askFor({}, 'sn_kmf.admin')).json().type).toContain('keys/action-refused');
});
