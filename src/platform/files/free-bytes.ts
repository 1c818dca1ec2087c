import { statfs } from 'node:fs/promises';

/** What the account that runs the program may still write on the volume of `path`; null when it cannot be told. */
export async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
