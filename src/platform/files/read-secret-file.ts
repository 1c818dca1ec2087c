import { open } from 'node:fs/promises';
import { err, ok, type Result } from '../../kernel/index.ts';

export type ReadSecretFileError = {
  /** `too-open`: the group or others may read, write or run it. */
  readonly code: 'missing' | 'not-a-file' | 'too-open' | 'too-large' | 'unreadable';
  /** A sentence that names the path and never the content. */
  readonly message: string;
};

/** Keys and their wrappings are far smaller; more is the wrong file. */
const LARGEST_BYTES = 64 * 1024;

/**
 * Reads a file that only its owner may touch. Mode and content come from the same open file, so it cannot be swapped in
 * between. Links are followed, since secret mounts of orchestrators are links.
 */
export async function readSecretFile(path: string): Promise<Result<Buffer, ReadSecretFileError>> {
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) return err({ code: 'not-a-file', message: `${path} is not a file.` });
    if ((stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      return err({ code: 'too-open', message: `${path} has mode ${mode}. Only its owner may have rights: chmod 400.` });
    }
    if (stat.size > LARGEST_BYTES) return err({ code: 'too-large', message: `${path} is larger than 64 KiB.` });
    return ok(await file.readFile());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return err({ code: 'missing', message: `${path} does not exist.` });
    return err({ code: 'unreadable', message: `${path} cannot be read (${code ?? 'unknown error'}).` });
  }
}
