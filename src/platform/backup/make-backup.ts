import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../kernel/index.ts';
import { backupFolderOf, backupPaths, NoRoomForCopy, type OpenDatabase, removeBackupDrafts } from '../db/index.ts';
import { syncDirectory } from '../files/index.ts';
import { BackupRefused } from './problems.ts';

export type BackupDeps = {
  readonly open: Pick<OpenDatabase, 'copyTo'>;
  readonly dataDir: string;
  readonly clock: Clock;
};

type Backup = { readonly path: string; readonly madeAt: Date };

/** Makes one backup after the other, never two at a time: each begins by removing what killed ones have left. */
export function backupMaker({ open: { copyTo }, dataDir, clock }: BackupDeps): () => Promise<Backup> {
  let isUnderWay = false;
  return async () => {
    if (copyTo === undefined)
      throw new BackupRefused(
        'This instance keeps its data in PostgreSQL, which has its own backups. Nothing was copied. Use pg_dump or a base backup.',
      );
    if (isUnderWay)
      throw new BackupRefused('Another backup is being made this moment. Nothing was copied. Wait until it is done.');
    isUnderWay = true;
    try {
      const madeAt = clock.now();
      return { path: await makeBackup(copyTo, dataDir, madeAt), madeAt };
    } finally {
      isUnderWay = false;
    }
  };
}

/** A folder that can stand in the place of the data folder. It has its name only once it is whole and on disk. */
async function makeBackup(copyTo: NonNullable<OpenDatabase['copyTo']>, dataDir: string, madeAt: Date): Promise<string> {
  const all = backupFolderOf(dataDir);
  const { path, draft } = backupPaths(dataDir, madeAt);
  let mine: string | undefined;
  try {
    await removeBackupDrafts(dataDir);
    if ((await mkdir(all, { recursive: true, mode: 0o700 })) !== undefined) await syncDirectory(dirname(all));
    await mkdir(draft, { mode: 0o700 });
    mine = draft;
    await copyTo(join(draft, 'database'));
    await syncDirectory(draft);
    await rename(draft, path);
    mine = path;
    await syncDirectory(all);
    return path;
  } catch (error) {
    if (mine !== undefined) await rm(mine, { recursive: true, force: true });
    const why = error instanceof NoRoomForCopy ? error.message : WHY[(error as NodeJS.ErrnoException).code ?? ''];
    if (why === undefined) throw error;
    throw new BackupRefused(`${why} Nothing was kept. The place of backups is ${all}.`, { cause: error });
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no room for a copy of the database on its volume.',
  EDQUOT: 'There is no room for a copy of the database on its volume.',
  EACCES: 'The account that runs Liaise may not write there.',
  EROFS: 'That volume may only be read.',
  ENOTEMPTY: 'There is a backup of this moment already.',
};
