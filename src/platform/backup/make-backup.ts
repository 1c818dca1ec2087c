import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/index.ts';
import type { OpenDatabase } from '../db/index.ts';
import { BackupRefused } from './problems.ts';

export type BackupDeps = {
  readonly open: Pick<OpenDatabase, 'copyTo' | 'db'>;
  readonly dataDir: string;
  readonly clock: Clock;
};

export type Backup = { readonly path: string; readonly madeAt: Date };

/** A folder that can stand in the place of the data folder. It has its name only once it is whole. */
export async function makeBackup({ open, dataDir, clock }: BackupDeps): Promise<Backup> {
  if (open.copyTo === undefined)
    throw new BackupRefused(
      'This instance keeps its data in PostgreSQL, which has its own backups. Nothing was copied. Use pg_dump or a base backup.',
    );
  const madeAt = clock.now();
  const all = `${dataDir}.backups`;
  const path = join(all, madeAt.toISOString().replaceAll(':', '-'));
  const draft = `${path}.part`;
  try {
    await mkdir(all, { recursive: true, mode: 0o700 });
    await mkdir(draft, { mode: 0o700 });
    await open.copyTo(join(draft, 'database'));
    await rename(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another one was begun in the same millisecond: its folder is not ours to remove.
    if (code !== 'EEXIST') await rm(draft, { recursive: true, force: true });
    const why = WHY[code ?? ''];
    if (why === undefined) throw error;
    throw new BackupRefused(`${why} Nothing was kept. The place of backups is ${all}.`, { cause: error });
  }
  return { path, madeAt };
}

const WHY: Readonly<Record<string, string>> = {
  ENOSPC: 'There is no room for a copy of the database on its volume.',
  EDQUOT: 'There is no room for a copy of the database on its volume.',
  EACCES: 'The account that runs Liaise may not write there.',
  EROFS: 'That volume may only be read.',
  EEXIST: 'Another backup is being made this moment.',
};
