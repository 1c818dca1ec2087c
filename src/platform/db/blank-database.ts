import { constants, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syncDirectory, syncTree } from '../files/index.ts';
import { startPglite } from './pglite-thread.ts';

// Making a database takes three seconds, opening one a third of a second. So a blank one is made once for each version of the
// engine and kept beside the program; what is in it is the same for everybody and holds no secret.

const TOOLCHAIN = fileURLToPath(new URL('../../../.toolchain/', import.meta.url));

const blankPath = (): string => {
  const file = new URL('../../../node_modules/@electric-sql/pglite/package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return join(TOOLCHAIN, `blank-database-${version}`);
};

/**
 * Puts a blank database at `path`, where there is none yet. Leaves nothing there where the program's own folder cannot be
 * written: then the engine makes the database by itself.
 */
export async function layBlankDatabase(path: string): Promise<void> {
  const draft = `${path}.part`;
  rmSync(draft, { recursive: true, force: true });
  if (existsSync(path)) return;
  const blank = await blankDatabase();
  if (blank === undefined) return;
  cpSync(blank, draft, { recursive: true, mode: constants.COPYFILE_FICLONE });
  syncTree(draft);
  // Renamed only when whole and on disk: a start that is killed here begins again.
  renameSync(draft, path);
  await syncDirectory(dirname(path));
}

async function blankDatabase(): Promise<string | undefined> {
  const blank = blankPath();
  if (existsSync(blank)) return blank;
  let draft: string | undefined;
  try {
    mkdirSync(TOOLCHAIN, { recursive: true });
    draft = mkdtempSync(`${blank}.part-`);
    const engine = await startPglite(draft);
    await engine.close();
    renameSync(draft, blank);
    return blank;
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    // Another process was quicker, or this folder is not ours to write.
    if (existsSync(blank)) return blank;
    if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
