import { webcrypto } from 'node:crypto';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock, secretFiles } from '../../test/harness/keys.ts';
import { DAY_MS } from '../kernel/index.ts';
import type { Keys } from './keys.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
const clock = movableClock();
beforeAll(async () => {
  database = await testDatabase();
  place = keyFolder();
  keys = await keysOn(database.db, place.rootKeyFile, { clock });
});
afterAll(async () => {
  await database.drop();
  place.remove();
});

const run = (statement: string) => sql.raw(statement).execute(database.db);

const componentOf = async (name: string) =>
  (await keys.diagnostics()).groups.flatMap((group) => group.components).find((one) => one.name === name);

const failing = async () => (await keys.gate()).failing.map(({ name }) => name);

/** Breaks one thing, sees the component and the gate say so, repairs it and hears of the recovery. */
async function breaking(
  name: string,
  { harm, repair, cause }: { harm: () => Promise<unknown>; repair: () => Promise<unknown>; cause: string },
) {
  expect(await failing()).toEqual([]);
  await harm();
  expect(await componentOf(name)).toMatchObject({
    status: 'malfunction',
    cause: expect.stringContaining(cause),
    remedy: expect.stringMatching(/./),
    who: expect.stringMatching(/./),
  });
  const whileBroken = await failing();
  const recovered: string[] = [];
  const forget = keys.onRecovered((names) => recovered.push(...names));
  await repair();
  expect(await failing()).toEqual([]);
  expect(recovered).toContain(name);
  forget();
  return whileBroken;
}

test('a well instance: every required component is Operational, and the page names what is only advisory', async () => {
  const { groups } = await keys.diagnostics();
  const components = groups.flatMap((group) => group.components);
  expect(components.filter(({ required, status }) => required && status !== 'operational')).toEqual([]);
  expect(components.find(({ name }) => name === 'recovery-file')).toMatchObject({
    status: 'degraded',
    required: false,
  });
  expect(groups.find(({ name }) => name === 'external')?.status).toBe('disabled');
  expect(groups.find(({ name }) => name === 'root-key')?.status).toBe('degraded');
  expect(await keys.gate()).toMatchObject({ ok: true, failing: [], warnings: [{ name: 'recovery-file' }] });
});

test('REG-11 the root key file is gone: Malfunction, gate closed, not sealed, loaded keys keep serving; back: well again', async () => {
  const away = join(place.folder, 'away');
  const whileBroken = await breaking('root-key', {
    harm: () => rename(place.rootKeyFile, away),
    async repair() {
      expect(keys.sealed()).toBe(false);
      const sealer = keys.as('service:link').sealer('sx.session');
      expect(await sealer.open({ a: 'b' }, await sealer.seal({ a: 'b' }, Buffer.from('x')))).toEqual(Buffer.from('x'));
      await rename(away, place.rootKeyFile);
    },
    cause: 'does not exist',
  });
  expect(whileBroken).toEqual(['root-key']);
});

test('the root key file may be read by others', async () => {
  const whileBroken = await breaking('root-key', {
    harm: () => chmod(place.rootKeyFile, 0o444),
    repair: () => chmod(place.rootKeyFile, 0o400),
    cause: 'mode 444',
  });
  expect(whileBroken).toEqual(['root-key']);
});

test('the root key file holds another key', async () => {
  const right = await readFile(place.rootKeyFile);
  const put = async (bytes: Uint8Array) => {
    await rm(place.rootKeyFile);
    await writeFile(place.rootKeyFile, bytes, { mode: 0o400 });
  };
  await breaking('root-key', {
    harm: () => put(Buffer.alloc(32, 1)),
    repair: () => put(right),
    cause: 'does not open the instance root key',
  });
});

test('a class key was altered: the class and its modules are named, the page is only Degraded, the gate is closed', async () => {
  const [row] = await database.db.selectFrom('keys.class_key').selectAll().where('class', '=', 'oauth').execute();
  const whileBroken = await breaking('class-key.oauth', {
    harm: () =>
      run("update keys.class_key set wrapped = overlay(wrapped placing 'AAAA' from 20) where class = 'oauth'"),
    async repair() {
      expect((await keys.diagnostics()).status).toBe('degraded');
      await run(`update keys.class_key set wrapped = '${row?.wrapped}' where class = 'oauth'`);
    },
    cause: 'does not open',
  });
  expect(whileBroken).toEqual(['class-key.oauth', 'metadata', 'module.sx.oauth.client', 'module.sx.oauth.as']);
});

test('the HMAC key was altered', async () => {
  const { hmac_key: right } = await database.db.selectFrom('keys.instance').selectAll().executeTakeFirstOrThrow();
  await breaking('hmac-key', {
    harm: () => run("update keys.instance set hmac_key = overlay(hmac_key placing 'AAAA' from 20)"),
    repair: () => run(`update keys.instance set hmac_key = '${right}'`),
    cause: 'HMAC key does not open',
  });
});

test.each([
  ['of another class', 'oauth', "(select wrapped from keys.backup where class = 'session')"],
  ['of nothing', 'data', "'w1.' || repeat('A', 80)"],
])('wrong AAD: a class key with the wrapping %s does not open', async (_, name, wrapped) => {
  await run('create table keys.backup as select * from keys.class_key');
  await breaking(`class-key.${name}`, {
    harm: () => run(`update keys.class_key set wrapped = ${wrapped} where class = '${name}'`),
    repair: () =>
      run(`update keys.class_key set wrapped = (select wrapped from keys.backup where class = '${name}')
           where class = '${name}'`),
    cause: `The key-encryption key of class ${name} does not open`,
  });
  await run('drop table keys.backup');
});

test('wrong AAD: a root wrapping of another instance does not open here, although the root key is the right one', async () => {
  const { instance_id: right } = await database.db.selectFrom('keys.instance').selectAll().executeTakeFirstOrThrow();
  const whileBroken = await breaking('root-key', {
    harm: () => run(`update keys.instance set instance_id = 'sxi1${'a'.repeat(52)}'`),
    repair: () => run(`update keys.instance set instance_id = '${right}'`),
    cause: 'does not open the instance root key',
  });
  expect(whileBroken).toContain('root-key');
});

test('a runtime that calculates wrongly is told from its answers', async () => {
  const broken = vi.spyOn(webcrypto.subtle, 'sign');
  await breaking('self-test', {
    harm: async () => broken.mockImplementation(async () => new ArrayBuffer(64)),
    repair: async () => broken.mockRestore(),
    cause: 'Ed25519 signs differently from RFC 8032',
  });
});

test('a manifest that has expired is named, and signed anew by the next check', async () => {
  const { manifest_expires_at: end } = await database.db
    .selectFrom('keys.instance')
    .selectAll()
    .executeTakeFirstOrThrow();
  const before = clock.now();
  clock.move((end?.getTime() ?? 0) - before.getTime());
  expect(await componentOf('manifest')).toMatchObject({
    status: 'malfunction',
    required: false,
    cause: 'The manifest has expired.',
    remedy: expect.stringContaining('signed again by itself'),
  });
  await keys.lightCheck();
  expect(await componentOf('manifest')).toMatchObject({ status: 'operational' });
  clock.move(before.getTime() - clock.now().getTime());
});

test('a row was tampered with: the key is named and not used any more', async () => {
  const whileBroken = await breaking('metadata', {
    harm: () =>
      run("update keys.key_version set expires_at = expires_at + interval '9 years' where module = 'sx.sign'"),
    repair: () =>
      run("update keys.key_version set expires_at = expires_at - interval '9 years' where module = 'sx.sign'"),
    cause: 'key sx.sign version 1',
  });
  expect(whileBroken).toEqual(['metadata', 'module.sx.sign']);
});

test('a wrapped key moved to another module does not open there', async () => {
  const rows = await database.db.selectFrom('keys.key_version').selectAll().where('version', '=', 1).execute();
  const wrappedOf = (module: string) => rows.find((row) => row.module === module)?.wrapped;
  const whileBroken = await breaking('module.sx.invite', {
    harm: () => run(`update keys.key_version set wrapped = '${wrappedOf('sx.session')}' where module = 'sx.invite'`),
    repair: () => run(`update keys.key_version set wrapped = '${wrappedOf('sx.invite')}' where module = 'sx.invite'`),
    cause: 'altered',
  });
  expect(whileBroken).toEqual(['metadata', 'module.sx.invite']);
});

test('a policy row that was removed is noticed', async () => {
  await run('create table keys.backup as select * from keys.access_policy');
  await breaking('metadata', {
    harm: () => run("delete from keys.access_policy where id = 'first:service:mail:sx.secret'"),
    repair: () =>
      run("insert into keys.access_policy select * from keys.backup where id = 'first:service:mail:sx.secret'"),
    cause: 'the set of rows',
  });
  await run('drop table keys.backup');
});

test('a wildcard policy: the database refuses it; slipped in without the constraint it is named and allows nothing', async () => {
  const insert =
    "insert into keys.access_policy values ('all', '*', '*', '[\"sign\"]', 'track', null, 'somebody', '2026-01-01', 'none')";
  await expect(run(insert)).rejects.toThrow('access_policy_no_wildcard');
  const { rows } = await sql<{
    definition: string;
  }>`select format('constraint %I %s', conname, pg_get_constraintdef(oid))
    as definition from pg_constraint where conname = 'access_policy_no_wildcard'`.execute(database.db);
  const [constraint] = rows;
  const whileBroken = await breaking('access-policies', {
    async harm() {
      await run('alter table keys.access_policy drop constraint access_policy_no_wildcard');
      await run(insert);
    },
    async repair() {
      await keys.lightCheck();
      await expect(keys.as('service:nobody').signer('sx.sign').lease('sx-probe+jwt')).rejects.toThrow('may not sign');
      await run("delete from keys.access_policy where id = 'all'");
      await run(`alter table keys.access_policy add ${constraint?.definition}`);
    },
    cause: 'all uses a wildcard',
  });
  expect(whileBroken).toEqual(['metadata']);
});

test.each(['sx.sign', 'sx.oauth.client', 'sx.oauth.as', 'sx.invite', 'sx.identity'])(
  'REG-11 no active key in %s closes the gate',
  async (module) => {
    const whileBroken = await breaking(`module.${module}`, {
      harm: () => run(`update keys.key_version set state = 'suspended' where module = '${module}' and version = 1`),
      repair: () => run(`update keys.key_version set state = 'active' where module = '${module}' and version = 1`),
      cause: 'no active key',
    });
    expect(whileBroken).toContain(`module.${module}`);
  },
);

test('no active key in a module that onboarding does not need only warns', async () => {
  const rows = "module = 'sx.audit'";
  await breaking('module.sx.audit', {
    harm: () => run(`update keys.key_version set state = 'suspended' where ${rows}`),
    async repair() {
      expect((await keys.gate()).warnings.map(({ name }) => name)).toContain('module.sx.audit');
      await run(`update keys.key_version set state = 'active' where ${rows}`);
    },
    cause: 'no active key',
  });
});

test('a key near the end of its life is Degraded and does not close the gate', async () => {
  clock.move(25 * DAY_MS);
  expect(await componentOf('key-life')).toMatchObject({
    status: 'degraded',
    required: false,
    cause: expect.stringContaining('sx.oauth.as version 1 ends in 5 d'),
  });
  expect((await keys.gate()).ok).toBe(true);
  clock.move(-25 * DAY_MS);
  expect(await componentOf('key-life')).toMatchObject({ status: 'operational' });
});

test('the root key on the same volume as the embedded data is advised against; in a PostgreSQL server it does not apply', async () => {
  expect(await componentOf('root-key-volume')).toMatchObject({ status: 'disabled' });
  const beside = keyFolder();
  const embedded = await keysOn(database.db, place.rootKeyFile, { clock, dataDir: beside.folder });
  const { ok, warnings } = await embedded.gate();
  expect(warnings.map(({ name }) => name)).toContain('root-key-volume');
  expect(ok).toBe(true);
  beside.remove();
});

test('a clock that is off: Degraded beyond what proofs allow, Malfunction beyond what statements allow, by the witness that says so', async () => {
  let aheadMs = 0;
  const compared = await keysOn(database.db, place.rootKeyFile, {
    clock,
    clockWitnesses: async () => [
      { who: 'the database', aheadMs },
      { who: '3 peers seen today', aheadMs: 0 },
    ],
  });
  const clockOf = async () =>
    (await compared.diagnostics()).groups.flatMap((group) => group.components).find(({ name }) => name === 'clock');
  expect(await clockOf()).toMatchObject({ status: 'operational', required: false });
  aheadMs = -11_000;
  expect(await clockOf()).toMatchObject({
    status: 'degraded',
    cause: expect.stringContaining('This clock is 11 s ahead of the database; peers refuse'),
    remedy: expect.stringContaining('NTP'),
    who: 'Whoever runs the server',
  });
  aheadMs = 61_000;
  expect(await clockOf()).toMatchObject({ status: 'malfunction', cause: expect.stringContaining('61 s behind') });
  expect((await compared.gate()).ok).toBe(true);
  aheadMs = 0;
  expect(await clockOf()).toMatchObject({ status: 'operational' });
  expect(await componentOf('clock')).toMatchObject({ status: 'disabled' });
});

test('a root key storage that hangs closes the gate by name after 20 s, and at once when nobody waits any more', async () => {
  const reached = Promise.withResolvers<void>();
  let hangs = false;
  const slow = await keysOn(database.db, place.rootKeyFile, {
    clock,
    files: {
      ...secretFiles,
      read(path) {
        if (!hangs) return secretFiles.read(path);
        reached.resolve();
        return new Promise(() => undefined);
      },
    },
  });
  hangs = true;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const gate = slow.gate();
  await reached.promise;
  vi.advanceTimersByTime(20_000);
  vi.useRealTimers();
  expect((await gate).failing).toMatchObject([{ name: 'root-key', cause: expect.stringContaining('did not answer') }]);

  const patience = new AbortController();
  const second = slow.gate(patience.signal);
  patience.abort();
  expect((await second).failing.map(({ name }) => name)).toEqual(['diagnostics']);
});

test('gates asked for at once share an evaluation that begins after the last of them asked', async () => {
  let reads = 0;
  const counted = await keysOn(database.db, place.rootKeyFile, {
    clock,
    files: {
      ...secretFiles,
      read(path) {
        reads += 1;
        return secretFiles.read(path);
      },
    },
  });
  reads = 0;
  await counted.gate();
  const readsOfOne = reads;
  reads = 0;
  await Promise.all(Array.from({ length: 20 }, () => counted.gate()));
  expect(reads).toBe(2 * readsOfOne);

  const running = counted.gate();
  const away = join(place.folder, 'away');
  await rename(place.rootKeyFile, away);
  expect((await counted.gate()).ok).toBe(false);
  await running;
  await rename(away, place.rootKeyFile);
  expect((await counted.gate()).ok).toBe(true);
});

test('unreadable key records are a component of their own', async () => {
  await run('alter table keys.key_version rename to gone');
  expect(await failing()).toEqual(['key-records']);
  await run('alter table keys.gone rename to key_version');
  expect(await failing()).toEqual([]);
});
