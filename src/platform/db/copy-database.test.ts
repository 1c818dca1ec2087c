import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyDatabase } from './copy-database.ts';

const MIB = 1024 * 1024;
let folder = '';
let files = '';
let to = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaise-copy-'));
  files = join(folder, 'database');
  to = join(folder, 'copy');
  mkdirSync(join(files, 'base'), { recursive: true });
  writeFileSync(join(files, 'base', 'rows'), Buffer.alloc(2 * MIB, 7));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Copies, and says what lay there at the moment the connection was given back. */
async function copied(free: number | null) {
  let there: boolean | undefined;
  const sole = {
    acquire: async () => ({}) as never,
    release: () => {
      there = existsSync(to);
    },
  };
  const thread = { query: async () => [] };
  const error = await copyDatabase({ thread, sole, files }, to, async () => free).catch((thrown: unknown) => thrown);
  return { there, error };
}

test('a copy is made where the files fit and 256 MiB stay free, or where nobody can tell', async () => {
  for (const free of [259 * MIB, null]) {
    expect(await copied(free)).toEqual({ there: true, error: undefined });
    expect(readFileSync(join(to, 'base', 'rows')).equals(readFileSync(join(files, 'base', 'rows')))).toBe(true);
    rmSync(to, { recursive: true });
  }
});

test('with less room nothing is copied, and the figures are told', async () => {
  const { there, error } = await copied(257.5 * MIB);
  expect(there).toBe(false);
  expect(String(error)).toMatch(/takes [23] MiB, and 256 MiB must stay free beside it, but only 257 MiB are free/);
});

test('a copy that fails half way is gone before anybody else may write', async () => {
  // A socket cannot be copied; it stands for a disk that another program fills meanwhile.
  const server = createServer().listen(join(files, 'socket'));
  await once(server, 'listening');
  const { there, error } = await copied(null);
  server.close();
  expect([there, (error as NodeJS.ErrnoException).code]).toEqual([false, 'ERR_FS_CP_SOCKET']);
});

test('what lies at the place of a copy already is left alone', async () => {
  mkdirSync(to);
  const { there, error } = await copied(null);
  expect([there, (error as NodeJS.ErrnoException).code]).toEqual([true, 'EEXIST']);
});
