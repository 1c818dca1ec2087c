import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import setUpDatabases, { postgresAvailable } from './database-setup.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/**
 * Vitest's global set-up of the crash tests. They start the program a hundred times, so it is compiled once beforehand; and
 * they run on PostgreSQL where there is a server, on the embedded database everywhere.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const cache = mkdtempSync(join(tmpdir(), 'liaise-test-compiled-'));
  // The cache is written by a process that ends by itself: this one loads everything, then finds no settings.
  spawnSync(process.execPath, [MAIN], { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache }, stdio: 'ignore' });
  process.env.LIAISE_TEST_COMPILE_CACHE = cache;
  const dropDatabases = (await postgresAvailable()) ? await setUpDatabases() : async () => undefined;
  return async () => {
    await dropDatabases();
    rmSync(cache, { recursive: true, force: true });
  };
}
