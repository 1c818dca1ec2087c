import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../../test/harness/database.ts';
import { systemClock, systemRandom } from '../../kernel/index.ts';
import { migrations } from '../../migrations.ts';
import { pendingMigrations } from '../../platform/db/index.ts';
import { createWorkerLife } from '../worker-life.ts';
import { schemaAndVersions } from './schema-and-versions.ts';

const database = await testDatabase();
const { db, open } = database;
afterAll(() => database.drop());

const subject = { kind: 'registration', id: 'reg_1', label: 'REG0001001' } as const;
const context = { side: 'provider', subject, signal: new AbortController().signal } as const;
const nodeVersion = process.versions.node;

test('CHK-08 passes on this runtime and this database with every migration run', async () => {
  const check = schemaAndVersions({ db, nodeVersion, pendingMigrations: () => pendingMigrations(open, migrations) });
  expect(await check.run(context)).toEqual([]);
});

test('CHK-08 names migrations that have not run, and a runtime that is too old', async () => {
  const check = schemaAndVersions({ db, nodeVersion: '22.1.0', pendingMigrations: async () => ['shop/0001-shelf'] });
  const findings = await check.run(context);
  expect(findings.map(({ source }) => source.id)).toEqual(['schema', 'node']);
  expect(findings[0]?.message).toContain('shop/0001-shelf');
});

test('a worker is alive while it signs, and works once it has finished a step', async () => {
  let now = new Date('2026-01-05T09:00:00Z');
  const clock = { now: () => now };
  const life = createWorkerLife({ db, clock, random: systemRandom, version: '1.0.0' });
  await life.note(false);
  expect([(await life.living()).length, await life.isWorking()]).toEqual([1, false]);
  await life.note(true);
  expect(await life.isWorking()).toBe(true);
  now = new Date('2026-01-05T09:00:31Z');
  expect([(await life.living()).length, await life.isWorking()]).toEqual([0, false]);
  const other = createWorkerLife({ db, clock: systemClock, random: systemRandom, version: '1.0.0' });
  await other.note(false);
  expect((await other.living()).length).toBe(1);
  await other.leave();
  expect(await other.living()).toEqual([]);
});
