import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const DRAFT = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.part$/;

/** Beside the data folder, so that a copy of that one never holds them. */
export const backupFolderOf = (dataDir: string): string => `${dataDir}.backups`;

/** The folder of a backup, and the one it is until it is whole. */
export function backupPaths(dataDir: string, madeAt: Date): { readonly path: string; readonly draft: string } {
  const path = join(backupFolderOf(dataDir), madeAt.toISOString().replaceAll(':', '-'));
  return { path, draft: `${path}.part` };
}

/**
 * Removes what backups left that were killed half way. Only for the process that holds the data folder, while it makes no
 * backup itself.
 */
export async function removeBackupDrafts(dataDir: string): Promise<void> {
  const all = backupFolderOf(dataDir);
  for (const name of await namesIn(all)) if (DRAFT.test(name)) await rm(join(all, name), { recursive: true });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
