import { constants } from 'node:fs';
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freeBytes, syncTree } from '../files/index.ts';
import type { SoleConnection } from './embedded-dialect.ts';
import type { PgliteThread } from './pglite-thread.ts';

const MIB = 1024 * 1024;
/** What a copy leaves to the database it was taken from, which stops when it cannot write. */
const LEFT_FREE = 256 * MIB;

export class NoRoomForCopy extends Error {
  override readonly name = 'NoRoomForCopy';
  constructor(size: number, free: number) {
    super(
      `A copy of the database takes ${Math.ceil(size / MIB)} MiB, and ${LEFT_FREE / MIB} MiB must stay free beside it, but ` +
        `only ${Math.floor(free / MIB)} MiB are free on the volume of the backups.`,
    );
  }
}

type Source = { readonly thread: Pick<PgliteThread, 'query'>; readonly sole: SoleConnection; readonly files: string };

/**
 * While nothing runs, the files are what a power cut would leave: everything committed is in the log, and the engine recovers
 * from it at the next start. The checkpoint only makes that short.
 */
export async function copyDatabase({ thread, sole, files }: Source, to: string, free = freeBytes): Promise<void> {
  await sole.acquire();
  try {
    await thread.query('checkpoint', []);
    // Asked for only now: another copy may have been made while this one waited.
    await refuseWithoutRoom(files, dirname(to), free);
    await mkdir(to, { mode: 0o700 });
    try {
      await cp(files, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
    } catch (error) {
      // Before anybody writes again: on a full disk the database's next write would be its last.
      await rm(to, { recursive: true, force: true });
      throw error;
    }
  } finally {
    sole.release();
  }
  syncTree(to);
}

async function refuseWithoutRoom(files: string, place: string, free: typeof freeBytes): Promise<void> {
  const [size, left] = [await sizeOf(files), await free(place)];
  if (left !== null && left < size + LEFT_FREE) throw new NoRoomForCopy(size, left);
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
