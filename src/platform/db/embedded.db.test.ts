import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startChild } from '../../../test/harness/child-process.ts';
import { testEngine } from '../../../test/harness/database.ts';
import { copyEmbeddedTemplate } from '../../../test/harness/embedded-template.ts';
import { DataDirectoryBusy, openDatabase, transact } from './index.ts';

describe.runIf(testEngine === 'pglite')('the embedded database', { timeout: 120_000 }, () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'liaise-test-'));
    await copyEmbeddedTemplate(dataDir, []);
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  test('a first start lays a whole blank database, whatever an earlier one left half done, and removes unfinished backups', async () => {
    const fresh = mkdtempSync(join(tmpdir(), 'liaise-test-'));
    try {
      mkdirSync(join(fresh, 'database.part', 'base'), { recursive: true });
      mkdirSync(join(`${fresh}.backups`, '2026-01-05T09-00-00.000Z.part', 'database'), { recursive: true });
      mkdirSync(join(`${fresh}.backups`, '2026-01-04T09-00-00.000Z'), { recursive: true });
      const open = await openDatabase({ dataDir: fresh });
      await sql`create table public.row (n integer)`.execute(open.db);
      await open.close();
      expect(existsSync(join(fresh, 'database.part'))).toBe(false);
      expect(readdirSync(`${fresh}.backups`)).toEqual(['2026-01-04T09-00-00.000Z']);
      // The second start finds what the first one stored.
      const again = await openDatabase({ dataDir: fresh });
      expect((await sql`select count(*) as n from public.row`.execute(again.db)).rows).toEqual([{ n: 0 }]);
      await again.close();
    } finally {
      for (const each of [fresh, `${fresh}.backups`]) rmSync(each, { recursive: true, force: true });
    }
  });

  test('forces every commit to disk, once, and nothing for a read', async () => {
    const open = await openDatabase({ dataDir });
    const { db, syncs } = open;
    await sql`create table public.row (n integer)`.execute(db);
    const syncsOf = async (work: () => Promise<unknown>) => {
      const before = (await syncs?.()) ?? Number.NaN;
      await work();
      return ((await syncs?.()) ?? Number.NaN) - before;
    };
    const insert = (tx = db) => sql`insert into public.row values (1)`.execute(tx);
    const five = async () => {
      for (let n = 0; n < 5; n += 1) await insert();
    };
    const fiveTogether = () =>
      transact(db, async (tx) => {
        for (let n = 0; n < 5; n += 1) await insert(tx);
      });
    expect(await syncsOf(five)).toBe(5);
    expect(await syncsOf(fiveTogether)).toBe(1);
    expect(await syncsOf(() => sql`select * from public.row`.execute(db))).toBe(0);
    await open.close();
  });

  test('belongs to one process: a second one is told so in plain words, and gets it as soon as the first is killed', async () => {
    const first = startChild('insert-rows', dataDir);
    await first.until((lines) => lines.length > 0);
    const refused: unknown = await openDatabase({ dataDir }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DataDirectoryBusy);
    expect(String(refused)).toContain(`The data directory ${realpathSync(dataDir)} is in use by another process`);
    await first.kill();
    const open = await openDatabase({ dataDir });
    await expect(openDatabase({ dataDir })).rejects.toThrow(DataDirectoryBusy);
    await open.close();
    await (await openDatabase({ dataDir })).close();
  });

  test('keeps others of this machine out of its files', async () => {
    await (await openDatabase({ dataDir })).close();
    expect(statSync(join(dataDir, 'database')).mode & 0o077).toBe(0);
  });

  test('loses nothing it has acknowledged when the process is killed under load, three times over', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const child = startChild('insert-rows', dataDir);
      await child.until((lines) => lines.length >= 100);
      await child.kill();
      acknowledged.push(...child.lines);
    }
    const open = await openDatabase({ dataDir });
    const { rows } = await sql<{ n: number }>`select n from public.row where length(filling) = 500`.execute(open.db);
    await open.close();
    const found = new Set(rows.map(({ n }) => String(n)));
    expect(acknowledged.filter((n) => !found.has(n))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(300);
  });

  test('says why it has stopped when the engine gives up, answers nothing more, and opens again once repaired', async () => {
    const open = await openDatabase({ dataDir });
    await sql`create table public.row (n integer)`.execute(open.db);
    await sql`insert into public.row values (1)`.execute(open.db);
    const wal = join(dataDir, 'database', 'pg_wal');
    renameSync(wal, `${wal}.away`);
    await sql`select pg_switch_wal()`.execute(open.db);
    await expect(sql`insert into public.row values (2)`.execute(open.db)).rejects.toThrow(
      'PANIC:  could not create file',
    );
    expect(String(await open.failed)).toContain('What it had not confirmed is not stored');
    await expect(sql`select 1`.execute(open.db)).rejects.toThrow('has stopped');
    await open.close();

    renameSync(`${wal}.away`, wal);
    const again = await openDatabase({ dataDir });
    const { rows } = await sql<{ n: number }>`select n from public.row`.execute(again.db);
    await again.close();
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('says so at once when the one connection is asked for inside a transaction, and after it was closed', async () => {
    const open = await openDatabase({ dataDir });
    const inside = transact(open.db, () => sql`select 1`.execute(open.db));
    await expect(inside).rejects.toThrow(/use its tx/);
    await sql`select 1`.execute(open.db);
    await open.close();
    await expect(sql`select 1`.execute(open.db)).rejects.toThrow(/closed/);
  });
});
