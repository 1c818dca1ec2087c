import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { startChild } from '../../../test/harness/child-process.ts';
import { type TestDatabase, testDatabase, testEngine } from '../../../test/harness/database.ts';
import { copyEmbeddedTemplate } from '../../../test/harness/embedded-template.ts';
import { endless, numbered, quiet } from '../../../test/harness/numbered-jobs.ts';
import { systemClock } from '../../kernel/index.ts';
import { openDatabase, transact } from '../db/index.ts';
import { handler, openJobs, platformMigrations } from './index.ts';

const urlOf = ({ url }: TestDatabase): string => {
  if (url === undefined) throw new Error('this test needs PostgreSQL');
  return url;
};

describe.runIf(testEngine === 'postgres')('nodes over one PostgreSQL', { timeout: 60_000 }, () => {
  test('share a bulk of jobs, each of which runs once, and are woken by what another node sends', async () => {
    const database = await testDatabase({ migrations: platformMigrations });
    const sender = await openJobs({ open: database.open, clock: systemClock, log: quiet });
    await sender.work([handler(numbered, async () => undefined)]);
    const nodes = [startChild('job-node', urlOf(database)), startChild('job-node', urlOf(database))];
    await Promise.all(nodes.map((node) => node.until((lines) => lines.includes('ready'))));
    await transact(database.db, async (tx) => {
      for (let n = 0; n < 500; n += 1) await sender.send(tx, numbered, { n });
    });
    const ran = () => nodes.flatMap(({ lines }) => lines.filter((line) => line !== 'ready'));
    await Promise.any(nodes.map((node) => node.until(() => ran().length >= 500)));
    await Promise.all(nodes.map((node) => node.kill()));
    expect(ran().toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 500 }, (_, n) => String(n)));
    for (const node of nodes) expect(node.lines.length).toBeGreaterThan(50);
    await sender.stop();
    await database.drop();
  });

  test('take over what a killed node was running once its sign of life is missing', async () => {
    const database = await testDatabase({ migrations: platformMigrations });
    const jobs = await openJobs({ open: database.open, clock: systemClock, log: quiet });
    const attempts = Promise.withResolvers<number>();
    await jobs.work([handler(endless, async (_, { attempt }) => attempts.resolve(attempt))]);
    const killed = startChild('job-node', urlOf(database));
    await killed.until((lines) => lines.includes('ready'));
    await transact(database.db, (tx) => jobs.send(tx, endless, {}));
    await killed.until((lines) => lines.includes('begun'));
    await killed.kill();
    await sql`update pgboss.job set heartbeat_on = heartbeat_on - interval '1 minute'`.execute(database.db);
    await sql`update pgboss.queue set monitor_claim_on = monitor_claim_on - interval '1 minute'`.execute(database.db);
    await jobs.start();
    expect(await attempts.promise).toBe(2);
    await jobs.stop();
    await database.drop();
  });
});

describe.runIf(testEngine === 'pglite')('one process over the embedded database', { timeout: 60_000 }, () => {
  test('starts again what was running when the process was killed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'liaise-test-'));
    await copyEmbeddedTemplate(dataDir, platformMigrations);
    const before = await openDatabase({ dataDir });
    const sender = await openJobs({ open: before, clock: systemClock, log: quiet });
    await sender.work([handler(endless, async () => undefined)]);
    await transact(before.db, (tx) => sender.send(tx, endless, {}));
    await sender.stop();
    await before.close();
    const killed = startChild('job-node', dataDir);
    await killed.until((lines) => lines.includes('begun'));
    await killed.kill();

    const open = await openDatabase({ dataDir });
    const jobs = await openJobs({ open, clock: systemClock, log: quiet });
    const attempts = Promise.withResolvers<number>();
    await jobs.work([handler(endless, async (_, { attempt }) => attempts.resolve(attempt))]);
    await jobs.start();
    expect(await attempts.promise).toBe(2);
    await jobs.stop();
    await open.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
