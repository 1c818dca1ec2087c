import { stat } from 'node:fs/promises';

/** A name for the volume that holds `path`, the same for two paths on one volume; null when it cannot be told. */
export async function volumeOf(path: string): Promise<string | null> {
  try {
    return String((await stat(path)).dev);
  } catch {
    return null;
  }
}
