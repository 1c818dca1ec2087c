import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testDatabase } from '../../../test/harness/database.ts';
import { movableClock } from '../../../test/harness/keys.ts';
import { NoRoomForCopy } from '../db/index.ts';
import { asSession, testServer } from '../http/server-fixture.ts';
import { backupEndpoint } from './index.ts';

test('a backup is in the audit log, whether it was made or refused', async () => {
  const { db, drop } = await testDatabase();
  const dataDir = join(mkdtempSync(join(tmpdir(), 'liaise-backup-')), 'data');
  const recorded: object[] = [];
  let isFull = true;
  const copyTo = async (place: string) => {
    if (isFull) throw new NoRoomForCopy(1, 1);
    mkdirSync(place);
  };
  const recordAudit = async (
    _: unknown,
    { event, subject, outcome }: Record<'event' | 'subject', string> & { outcome?: string },
  ) => {
    recorded.push({ event, subject, outcome });
  };
  const server = await testServer([
    backupEndpoint({ open: { db, copyTo }, dataDir, clock: movableClock(), recordAudit }),
  ]);
  const ask = () => server.inject({ method: 'POST', url: '/api/backups', headers: asSession('admin') });
  expect((await ask()).json()).toMatchObject({ status: 409, detail: expect.stringContaining('must stay free') });
  isFull = false;
  const { path } = (await ask()).json();
  expect(existsSync(path)).toBe(true);
  expect(recorded).toEqual([
    { event: 'platform.backup-refused', subject: `${dataDir}.backups`, outcome: 'refused' },
    { event: 'platform.backup-made', subject: path, outcome: undefined },
  ]);
  await server.close();
  await drop();
  rmSync(join(dataDir, '..'), { recursive: true });
});
