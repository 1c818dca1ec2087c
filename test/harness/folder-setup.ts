import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** More than two workers with a few instances each have ever filled, several times over. */
const ROOM_BYTES = 2 * 2 ** 30;

/**
 * Vitest's global set-up of every project that keeps data: one folder for all temporary files of the run, removed at its end
 * whatever a test left behind. It lies in memory where there is enough, since test databases would otherwise spend much of
 * their time waiting for a disk.
 */
export default function setUp(): () => void {
  // A run of several projects: the first one's folder is everybody's.
  if (process.env.LIAISE_TEST_FOLDER !== undefined) return () => undefined;
  const before = process.env.TMPDIR;
  const folder = mkdtempSync(join(hasRoom('/dev/shm') ? '/dev/shm' : tmpdir(), 'liaise-tests-'));
  // A PostgreSQL server of our own may run as another user, and has its folder in here.
  chmodSync(folder, 0o711);
  process.env.TMPDIR = process.env.LIAISE_TEST_FOLDER = folder;
  return () => {
    delete process.env.LIAISE_TEST_FOLDER;
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}

function hasRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > ROOM_BYTES && freemem() > 2 * ROOM_BYTES;
  } catch {
    return false;
  }
}
