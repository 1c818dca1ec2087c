import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import { DAY_MS, later, type Role, type UserActor, type UserId } from '../kernel/index.ts';
import type { Database } from '../platform/db/index.ts';
import { verifyManifest } from '../protocol/index.ts';
import type { KeyAction } from './key-roles.ts';
import type { Keys } from './keys.ts';
import { sealedColumn } from './sealed-column-repo.ts';

/** A table of some other room, with one sealed column. */
type Sample = { place: string; sealed: string };
const samples = sealedColumn('keys.sample' as keyof Database, 'sealed' as never, (row) => ({
  place: (row as unknown as Sample).place,
}));

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
let told: string[];
const clock = movableClock();
beforeEach(async () => {
  database = await testDatabase();
  await sql.raw('create table keys.sample (place text, sealed text)').execute(database.db);
  place = keyFolder();
  told = [];
  keys = await keysOn(database.db, place.rootKeyFile, {
    clock,
    sealedColumns: { 'sx.invite': [], 'sx.session': [samples], 'sx.secret': [], 'sx.data': [] },
    onCompromised: async (_tx, { module, kid }) => void told.push(`${module} ${kid}`),
  });
});
afterEach(async () => {
  await database.drop();
  place.remove();
});

const actor = (...roles: Role[]): UserActor => ({
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set(roles),
  via: 'session',
  authenticatedAt: new Date(0),
});
const MANAGER = actor('sn_kmf.cryptographic_manager');
const OPERATOR = actor('sn_kmf.cryptographic_operator');
const act = (module: string, version: number, action: KeyAction, by = MANAGER) =>
  keys.manage.act(by, { module, version, action, reason: 'as planned', confirm: 'destroy' });
const kidOf = async (module: 'sx.sign' | 'sx.audit') =>
  (await keys.as(module === 'sx.audit' ? 'service:audit' : 'service:link').publicKeys(module)).at(-1)?.kid ?? '';
const manifest = async () => {
  const { id, genesis, manifest: jws } = keys.identity();
  const verified = await verifyManifest(jws ?? '', { id, root: genesis.root, now: clock.now() });
  if (!verified.ok) throw new Error(verified.error.code);
  return verified.value;
};
const sealer = () => keys.as('service:link').sealer('sx.session');

async function store(...places: string[]): Promise<void> {
  for (const name of places) {
    const sealed = await sealer().seal({ place: name }, Buffer.from(`plain ${name}`));
    await sql`insert into keys.sample values (${name}, ${sealed})`.execute(database.db);
  }
}
const stored = async () => (await sql<Sample>`select * from keys.sample order by place`.execute(database.db)).rows;

test('a compromised signing key: one action, and the next manifest names it as revoked beside its successor', async () => {
  const old = await kidOf('sx.sign');
  const before = await manifest();
  const reported = await act('sx.sign', 1, 'report-compromised', OPERATOR);
  expect(reported).toMatchObject({ state: 'compromised', hasSecret: false, compromised_at: clock.now() });
  const after = await manifest();
  expect(after.seq).toBe(before.seq + 1);
  expect(after.revoked).toEqual([expect.objectContaining({ kid: old, reason: 'compromised' })]);
  expect(after.keys.map(({ kid }) => kid)).not.toContain(old);
  const { kid } = await keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt');
  expect(after.keys.find(({ use }) => use === 'sign')).toMatchObject({ kid, state: 'active' });
  expect(told).toEqual([`sx.sign ${old}`]);
  expect((await keys.gate()).ok).toBe(true);
});

test('a compromised key that was out of use already gets no successor', async () => {
  await act('sx.sign', 1, 'rotate');
  const { kid } = await keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt');
  await act('sx.sign', 1, 'report-compromised');
  expect((await keys.as('service:link').signer('sx.sign').lease('sx-receipt+jwt')).kid).toBe(kid);
  expect((await manifest()).revoked).toHaveLength(1);
});

test('a compromised sealing key: what it sealed is sealed anew in the same step and stays readable', async () => {
  await store('a', 'b', 'c');
  await sql`update keys.sample set place = 'elsewhere' where place = 'c'`.execute(database.db);
  await act('sx.session', 1, 'report-compromised');
  const [a, b, moved] = await stored();
  expect(a?.sealed).toMatch(/^s1\.2\./);
  expect(await sealer().open({ place: 'b' }, b?.sealed ?? '')).toEqual(Buffer.from('plain b'));
  // What did not open in its place before is left as it is, and counted.
  expect(moved?.sealed).toMatch(/^s1\.1\./);
  const { rows } = await sql<{ detail: object }>`
    select detail from audit.entry where event = 'keys.key-compromised'`.execute(database.db);
  expect(rows[0]?.detail).toMatchObject({ resealed: 2, broken: 1 });
});

test('KMF-18 renewing gives the same life once more, repeatedly, up to the limit of the module', async () => {
  const { expires_at: first } = await act('sx.oauth.as', 1, 'renew', OPERATOR);
  expect(first).toEqual(later(clock.now(), 30 * DAY_MS));
  clock.move(29 * DAY_MS);
  expect(await act('sx.oauth.as', 1, 'renew')).toMatchObject({
    state: 'active',
    renewed_at: clock.now(),
    expires_at: later(clock.now(), 30 * DAY_MS),
  });
  clock.move(29 * DAY_MS);
  await act('sx.oauth.as', 1, 'renew');
  clock.move(29 * DAY_MS);
  await expect(act('sx.oauth.as', 1, 'renew')).rejects.toMatchObject({
    slug: 'keys/action-refused',
    message: expect.stringContaining('Rotate it instead'),
  });
});

test('KMF-18 a key that is not active is not renewed, and an auditor renews nothing', async () => {
  await act('sx.sign', 1, 'suspend');
  await expect(act('sx.sign', 1, 'renew')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  await expect(act('sx.audit', 1, 'renew', actor('sn_kmf.cryptographic_auditor'))).rejects.toMatchObject({
    slug: 'keys/role-needed',
  });
});

test('a key in use is not destroyed, nor one that opens stored values, nor without the typed word', async () => {
  await store('a');
  await expect(act('sx.session', 1, 'destroy')).rejects.toMatchObject({ slug: 'keys/action-refused' });
  await act('sx.session', 1, 'rotate');
  clock.move(DAY_MS);
  await expect(act('sx.session', 1, 'destroy')).rejects.toThrow('1 stored value(s)');
  await sql`delete from keys.sample`.execute(database.db);
  const unconfirmed = { module: 'sx.session', version: 1, action: 'destroy', reason: 'as planned' } as const;
  await expect(keys.manage.act(MANAGER, unconfirmed)).rejects.toThrow('type "destroy"');
  await expect(act('sx.session', 1, 'destroy', OPERATOR)).rejects.toMatchObject({ slug: 'keys/role-needed' });
  expect(await act('sx.session', 1, 'destroy')).toMatchObject({
    state: 'destroyed',
    hasSecret: false,
    destroyed_at: clock.now(),
  });
});

test('a key that has just been taken out of use is not destroyed: another node may still seal with it', async () => {
  await act('sx.session', 1, 'rotate');
  await expect(act('sx.session', 1, 'destroy')).rejects.toThrow('must be readable until');
  clock.move(60_000);
  expect((await act('sx.session', 1, 'destroy')).state).toBe('destroyed');
});

test('a public key is destroyed when no signature of it counts any more; that of audit heads never', async () => {
  await act('sx.oauth.client', 1, 'rotate');
  await act('sx.audit', 1, 'rotate');
  await expect(act('sx.oauth.client', 1, 'destroy')).rejects.toThrow('must be readable until');
  clock.move(DAY_MS);
  expect((await act('sx.oauth.client', 1, 'destroy')).state).toBe('destroyed');
  clock.move(4_000 * DAY_MS);
  await expect(act('sx.audit', 1, 'destroy')).rejects.toThrow('as long as the instance lives');
});

test('rows written before a column existed stay authentic', async () => {
  await sql.raw('alter table keys.key_version add column of_a_later_version text').execute(database.db);
  const restarted = await keysOn(database.db, place.rootKeyFile, { clock });
  expect((await restarted.gate()).ok).toBe(true);
  await sql.raw("update keys.key_version set of_a_later_version = 'x' where module = 'sx.sign'").execute(database.db);
  expect((await restarted.gate()).failing.map(({ name }) => name)).toContain('metadata');
});
