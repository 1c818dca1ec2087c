import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NoRoomForCopy } from '../db/index.ts';
import { backupMaker } from './make-backup.ts';

let folder = '';
let dataDir = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaise-backup-'));
  dataDir = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAME = '2026-01-05T09-00-00.000Z';
const clock = { now: () => new Date('2026-01-05T09:00:00.000Z') };
const maker = (copyTo: (place: string) => Promise<void>) => backupMaker({ open: { copyTo }, dataDir, clock });
const kept = () => readdirSync(`${dataDir}.backups`).sort();

test('a backup removes what killed ones have left, and only that', async () => {
  for (const name of ['2026-01-04T09-00-00.000Z.part', '2026-01-03T09-00-00.000Z', 'mine.part'])
    mkdirSync(join(`${dataDir}.backups`, name, 'database'), { recursive: true });
  const { path } = await maker(async (place) => void mkdirSync(place))();
  expect(path).toBe(join(`${dataDir}.backups`, NAME));
  expect(readdirSync(path)).toEqual(['database']);
  expect(kept()).toEqual(['2026-01-03T09-00-00.000Z', NAME, 'mine.part']);
});

test('without room it is refused in figures, and nothing is kept', async () => {
  const make = maker(async (place) => {
    mkdirSync(dirname(place), { recursive: true });
    throw new NoRoomForCopy(40 * 1024 * 1024, 100 * 1024 * 1024);
  });
  await expect(make()).rejects.toMatchObject({
    slug: 'platform/backup-refused',
    message: expect.stringMatching(/takes 40 MiB.*256 MiB must stay free.*only 100 MiB.*Nothing was kept/),
  });
  expect(kept()).toEqual([]);
});

test('a second one at the same time is refused and leaves the first alone; one of the same moment replaces nothing', async () => {
  const { promise: copying, resolve: goOn } = Promise.withResolvers<void>();
  const make = maker(async (place) => {
    await copying;
    mkdirSync(place);
  });
  const first = make();
  await expect(make()).rejects.toThrow('Another backup is being made');
  goOn();
  const { path } = await first;
  await expect(make()).rejects.toThrow('There is a backup of this moment already');
  expect([kept(), readdirSync(path)]).toEqual([[NAME], ['database']]);
});
