import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export class DataDirectoryBusy extends Error {
  override readonly name = 'DataDirectoryBusy';
  constructor(directory: string) {
    super(
      `The data directory ${directory} is in use by another process, so this one did not open it. ` +
        'Stop the other process, or give this one a directory of its own.',
    );
  }
}

/**
 * Takes the exclusive lock `lockFile` or throws DataDirectoryBusy. The operating system holds it, so a killed process lets
 * go at once. NOTE it is a POSIX lock: opening and closing the file elsewhere in this process would drop it, so nothing
 * else may touch it; that is why it lies beside the database's directory, not inside.
 */
export function lockDirectory(directory: string, lockFile: string): { release(): void } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new DataDirectoryBusy(directory) : error;
  }
  return { release: () => lock.close() };
}

const SQLITE_BUSY = 5;
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
