import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeTestInstances, openTestInstance } from '../../../test/harness/instances.ts';
import { loadConfig } from '../../platform/config/index.ts';
import { examine } from './examine.ts';
import { report } from './report.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaise-doctor-'));
});
afterEach(async () => {
  await closeTestInstances();
  rmSync(folder, { recursive: true, force: true });
});

/** The settings of an instance, as its operator would have them when calling the doctor. */
const settingsOf = ({ rootKeyFile, databaseUrl }: { rootKeyFile: string; databaseUrl: string | undefined }) =>
  loadConfig({
    LIAISE_INSTANCE_KIND: 'non-production',
    LIAISE_DATA_DIR: join(rootKeyFile, '../data'),
    LIAISE_ROOT_KEY_FILE: rootKeyFile,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  });

test('an instance that is stopped: the same components as on its page, and what only needs attention ends with 1', async () => {
  const instance = await openTestInstance();
  const { groups: shown } = await instance.instance.keys.diagnostics();
  await instance.stop();
  const { groups, exitCode } = await examine(settingsOf(instance));
  expect(exitCode).toBe(1);
  const names = (of: typeof groups) => of.flatMap(({ components }) => components.map(({ name }) => name));
  expect(names(groups)).toEqual(['database', 'schema', ...names(shown)]);
  const text = report(groups);
  expect(text).toContain('Operational  sx.sign: Statements, receipts and invitations');
  expect(text).toMatch(
    /Degraded {5}Recovery file of the next root key \(advisory\)\n {15}The next root key is still kept/,
  );
});

test('a sealed instance: the root key is named with cause, remedy and who can act, and it ends with 2', async () => {
  const instance = await openTestInstance();
  await instance.stop();
  renameSync(instance.rootKeyFile, `${instance.rootKeyFile}.away`);
  const { groups, exitCode } = await examine(settingsOf(instance));
  expect(exitCode).toBe(2);
  expect(report(groups)).toMatch(
    /Malfunction {2}Root key file\n {15}\S.+does not exist.*\n {15}Put the root key file back/,
  );
  expect(existsSync(instance.rootKeyFile)).toBe(false);
});

test('a running instance with the embedded database keeps it to itself, and that is said', async () => {
  const instance = await openTestInstance();
  const { groups, exitCode } = await examine(settingsOf(instance));
  if (instance.databaseUrl === undefined) {
    expect([exitCode, report(groups)]).toEqual([1, expect.stringContaining('A running instance holds')]);
  } else expect(groups.length).toBeGreaterThan(1);
});

test('a folder without an instance is not made into one', async () => {
  const dataDir = join(folder, 'none');
  const config = loadConfig({ LIAISE_INSTANCE_KIND: 'non-production', LIAISE_DATA_DIR: dataDir });
  const { groups, exitCode } = await examine(config);
  expect([exitCode, report(groups)]).toEqual([2, expect.stringContaining('There is no data folder yet')]);
  expect(existsSync(dataDir)).toBe(false);
});

test('the statuses of the components are metrics', async () => {
  const { origin } = await openTestInstance();
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  expect(metrics).toContain('liaise_key_component{component="module.sx.sign",status="operational",required="true"} 1');
  expect(metrics).toContain('liaise_key_component{component="recovery-file",status="degraded",required="false"} 1');
});
