import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canReach } from './postgres-server.ts';

const DEBIAN_BINARIES = '/usr/lib/postgresql';
const OLDEST = 15;

/** Folder with the server's programs of the newest installed version, as Debian lays them out. */
export function findBinaries(): string | undefined {
  if (!existsSync(DEBIAN_BINARIES)) return undefined;
  const versions = readdirSync(DEBIAN_BINARIES).map(Number);
  const newest = Math.max(...versions.filter((version) => version >= OLDEST));
  const folder = join(DEBIAN_BINARIES, String(newest), 'bin');
  return existsSync(join(folder, 'initdb')) ? folder : undefined;
}

/** Nothing of it has to survive the run, and no query of a test is long enough to be worth compiling. */
const SETTINGS = [
  ...['listen_addresses=', 'max_connections=200'],
  ...['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'wal_level=minimal', 'max_wal_senders=0'],
  ...['jit=off', 'max_wal_size=4GB', 'checkpoint_timeout=1h'],
];

/** A server of our own in a temporary folder, reachable over a socket in it and over no network. */
export async function startPrivateCluster(binaries: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-test-cluster-'));
  const owner = serverUser();
  if ('uid' in owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const options = { ...owner, cwd: folder, stdio: 'ignore' as const };
  const locale = ['-E', 'UTF8', '--locale=C.UTF-8'];
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', ...locale], options);
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-k', folder, ...settings], options);
  const url = `postgres://postgres@${encodeURIComponent(folder)}/postgres`;
  const stop = async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; !(await canReach(url)); attempt += 1) {
    if (attempt === 100 || server.exitCode !== null) {
      await stop();
      throw new Error('the private PostgreSQL server for the tests did not start');
    }
    await sleep(100);
  }
  return { url, stop };
}

/** PostgreSQL refuses to run as root; then it runs as the user that Debian's package made for it. */
function serverUser(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, then it stops cleanly. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.once('exit', () => resolve());
  server.kill('SIGINT');
  await promise;
}
