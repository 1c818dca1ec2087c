import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { importFromFiles } from '../../src/cli/keys/import-from-files.ts';
import { apiCaller } from '../../src/demo/api-caller.ts';
import { createBrowser } from '../../src/demo/browser.ts';
import {
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  PROVIDER_ADMIN,
} from '../../src/demo/registration-story.ts';
import { createCompany, listCompanies, signIn } from '../../src/directory/contract.ts';
import { type Instance, openInstance } from '../../src/instance.ts';
import { exportKeys } from '../../src/keys/contract.ts';
import { createRecipientKey } from '../../src/keys/key-backup.ts';
import { makeBackup } from '../../src/platform/backup/contract.ts';
import { loadConfig } from '../../src/platform/config/index.ts';
import { createLog } from '../../src/platform/log/index.ts';
import { freePort } from '../harness/free-port.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';
import { secretFiles } from '../harness/keys.ts';
import { databaseUrl, dropTestDatabase, onServer, testDatabaseName } from '../harness/postgres-server.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'liaise-backup-'));
const undo: (() => Promise<void>)[] = [];
let restored: Instance | undefined;
afterAll(async () => {
  await restored?.close();
  await closeTestInstances();
  for (const each of undo) await each();
  rmSync(folder, { recursive: true, force: true });
});

/** As docs/operations.md says for each engine: a backup while it runs, brought to a new place. The settings that find it. */
async function backUpAndRestore(
  from: TestInstance,
  api: ReturnType<typeof apiCaller>,
): Promise<Record<string, string>> {
  if (from.databaseUrl === undefined) {
    const { path } = await api.call(makeBackup, {});
    cpSync(path, join(folder, 'data'), { recursive: true });
    return { LIAISE_DATA_DIR: join(folder, 'data') };
  }
  await expect(api.call(makeBackup, {})).rejects.toThrow('Use pg_dump');
  const dump = join(folder, 'dump');
  await run('pg_dump', ['--format=custom', `--file=${dump}`, from.databaseUrl]);
  const name = testDatabaseName();
  const source = from.databaseUrl;
  await onServer(source, (client) => client.query(`create database ${name}`));
  undo.push(() => dropTestDatabase(source.replace(/\/[^/]+$/, '/postgres'), name));
  const url = databaseUrl(source, name);
  await run('pg_restore', ['--no-owner', `--dbname=${url}`, dump]);
  return { LIAISE_DATA_DIR: join(folder, 'data'), DATABASE_URL: url };
}

test('a backup taken while everything runs, restored elsewhere with its root key: starts, is whole, and goes on; also with exported keys instead', async () => {
  const instance = await openTestInstance();
  const ada = await becomeFirstAdministrator(instance, PROVIDER_ADMIN);
  await assignKeyManagementRoles(ada);
  const recipient = await createRecipientKey();
  const { backup } = await ada.api.call(exportKeys, {
    input: { recipient: recipient.publicKey, reason: 'before the disaster', confirm: 'export' },
  });
  let writing = true;
  const written: string[] = [];
  const writer = (async () => {
    while (writing) {
      const name = `Company ${written.length}`;
      await ada.api.call(createCompany, { input: { name } });
      written.push(name);
    }
  })();
  await expect.poll(() => written.length).toBeGreaterThan(3);
  const before = written.length;
  const place = await backUpAndRestore(instance, ada.api);
  writing = false;
  await writer;
  const { id } = instance.instance.keys.identity();
  await instance.stop();

  const rootKeyFile = join(folder, 'root.key');
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = loadConfig({
    LIAISE_INSTANCE_KIND: 'non-production',
    LIAISE_PUBLIC_URL: origin,
    LIAISE_ROOT_KEY_FILE: rootKeyFile,
    ...place,
  });
  copyFileSync(instance.rootKeyFile, rootKeyFile);
  const first = await openInstance({ config, log: createLog({ logLevel: 'silent' }) });
  restored = first;
  await first.listen();
  expect([first.keys.sealed(), first.keys.identity().id]).toEqual([false, id]);
  expect((await first.keys.gate()).failing).toEqual([]);
  const api = apiCaller(createBrowser(), origin);
  await api.call(signIn, { input: PROVIDER_ADMIN });
  const { items } = await api.call(listCompanies, { query: { limit: 200 } });
  const names = new Set(items.map(({ name }) => name));
  expect(written.slice(0, before).filter((name) => !names.has(name))).toEqual([]);
  await first.work();
  await api.call(createCompany, { input: { name: 'After the restore' } });
  const headKeys = () => first.keys.as('service:audit').publicKeys('sx.audit');
  const verified = async () => {
    const { intact, unchained, to } = await verifyAudit({ db: first.open.db, headKeys }, { last: 100_000 });
    return { intact, unchained, isLonger: to > before };
  };
  await expect.poll(verified, { timeout: 20_000 }).toEqual({ intact: true, unchained: 0, isLonger: true });
  await first.close();
  restored = undefined;

  // The same database, and the root key is lost for good.
  rmSync(rootKeyFile);
  const files = { backup: join(folder, 'keys.json'), recipient: join(folder, 'recipient.key') };
  await secretFiles.writeOnce(files.backup, Buffer.from(JSON.stringify(backup)));
  await secretFiles.writeOnce(files.recipient, Buffer.from(JSON.stringify(recipient)));
  const args = ['--backup', files.backup, '--recipient', files.recipient, '--instance', id];
  const terminal = { say() {}, ask: neverAsked, askHidden: neverAsked, close() {} };
  expect(await importFromFiles(args, config, terminal)).toContain('a root key of this machine opens them now');
  expect(await importFromFiles(args, config, terminal)).toContain('opens the keys');
}, 60_000);

const neverAsked = async () => {
  throw new Error('a root key in a file needs no passphrase');
};
