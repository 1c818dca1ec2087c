import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

/** More than two workers with a few instances each have ever filled, several times over. */
const ROOM_BYTES = 2 * 2 ** 30;

const NAME = 'liaise-tests-';
const KEEP_MS = 24 * 60 * 60 * 1000;

/**
 * Vitest's global set-up of every project that keeps data: one folder for all temporary files of the run, removed at its end
 * whatever a test left behind. It lies in memory where there is enough, since test databases would otherwise spend much of
 * their time waiting for a disk.
 */
export default function setUp(): () => void {
  // A run of several projects: the first one's folder is everybody's.
  if (process.env.LIAISE_TEST_FOLDER !== undefined) return () => undefined;
  const before = process.env.TMPDIR;
  const place = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();
  removeForgotten(place);
  const folder = mkdtempSync(join(place, NAME));
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

/** What runs of other days left behind, because they were killed. */
function removeForgotten(place: string): void {
  for (const name of readdirSync(place).filter((each) => each.startsWith(NAME))) {
    const path = join(place, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function hasRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > ROOM_BYTES && freemem() > 2 * ROOM_BYTES;
  } catch {
    return false;
  }
}
