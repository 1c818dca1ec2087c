import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../../kernel/index.ts';
import { syncDirectory } from './sync-directory.ts';

export type WriteSecretFileError = {
  readonly code: 'exists' | 'unwritable';
  /** A sentence that names the path and never the content. */
  readonly message: string;
};

/**
 * Creates a file with mode 0400 that appears whole or not at all and survives a power cut once this returns. An existing
 * file is never touched. Of two processes that try at once, one gets `exists`.
 */
export async function writeSecretFileOnce(
  path: string,
  bytes: Uint8Array,
): Promise<Result<undefined, WriteSecretFileError>> {
  const draft = `${path}.${process.pid}.draft`;
  try {
    await rm(draft, { force: true });
    await writeSynced(draft, bytes);
    // A link, not a rename: a rename would replace a file that appeared meanwhile.
    await link(draft, path);
    return ok(undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return err({ code: 'exists', message: `${path} exists and was left as it is.` });
    return err({ code: 'unwritable', message: `${path} cannot be written (${code ?? 'unknown error'}).` });
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
    await syncDirectory(dirname(path)).catch(() => undefined);
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx', 0o400);
  await file.writeFile(bytes);
  await file.sync();
}
