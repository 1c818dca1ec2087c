import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Random, systemRandom } from '../../src/kernel/index.ts';
import { createKeys, type Keys, type KeysDeps, type ManifestDetails } from '../../src/keys/index.ts';
import type { Db } from '../../src/platform/db/index.ts';
import { freeBytes, readSecretFile, volumeOf, writeSecretFileOnce } from '../../src/platform/files/index.ts';

export const secretFiles = { read: readSecretFile, writeOnce: writeSecretFileOnce, volumeOf, freeBytes };

export const detailsFor = (origin: string, display = 'Example'): ManifestDetails => ({
  origin,
  display,
  oauth: { issuer: origin, resource: `${origin}/sx/v1`, redirect_base: `${origin}/sx/oauth/cb` },
  endpoints: { onboard: `${origin}/sx/v1/onboard`, conn: `${origin}/sx/v1/connections`, blob: `${origin}/sx/v1/blobs` },
});

/** A clock that stands still until it is moved. */
export type MovableClock = Clock & { move(milliseconds: number): void };

export function movableClock(start = '2026-01-05T09:00:00.000Z'): MovableClock {
  let now = new Date(start);
  return {
    now: () => now,
    move(milliseconds) {
      now = new Date(now.getTime() + milliseconds);
    },
  };
}

export const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A folder of its own for the root key file; `remove` at the end of the test. */
export function keyFolder(): { readonly rootKeyFile: string; readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-keys-'));
  return {
    folder,
    rootKeyFile: join(folder, 'root.key'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Real keys over a test database: the file root provider, real randomness, no timer. */
export const keysOn = (
  db: Db,
  rootKeyFile: string,
  changed: Partial<KeysDeps> & { clock?: Clock; random?: Random } = {},
): Promise<Keys> =>
  createKeys({
    db,
    rootKeyFile,
    clock: movableClock(),
    random: systemRandom,
    log: silentLog,
    dataDir: null,
    rootKeyProvider: 'file',
    passphraseFile: null,
    files: secretFiles,
    manifestDetails: () => detailsFor('https://p.example'),
    sealedColumns: { 'sx.invite': [], 'sx.session': [], 'sx.secret': [], 'sx.data': [] },
    ...changed,
  });
