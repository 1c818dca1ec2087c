import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../test/harness/database.ts';
import { keysOn } from '../../test/harness/keys.ts';

/** A volume of its own in memory, which can be filled without harm; undefined where this account may not mount one. */
function smallVolume(size: string) {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-volume-'));
  const mount = (...options: string[]) =>
    spawnSync('mount', [...options, 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
  if (!mount('-t', 'tmpfs', '-o', `size=${size}`)) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    /** Writes until the volume takes nothing more. */
    fill() {
      const block = Buffer.alloc(4_096);
      expect(() => {
        for (let n = 0; ; n += 1) writeFileSync(join(folder, `block${n}`), block);
      }).toThrow('ENOSPC');
    },
    empty: () => {
      for (const name of readdirSync(folder)) if (name.startsWith('block')) rmSync(join(folder, name));
    },
    grow: (to: string) => mount('-o', `remount,size=${to}`),
    remove() {
      spawnSync('umount', [folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const volume = smallVolume('64k');
afterAll(() => volume?.remove());

test.skipIf(volume === undefined)(
  'a full disk (mounting a small one needs root): without a root key file the instance stays sealed and says why; the data’s room is named; with room it is well',
  async () => {
    if (volume === undefined) return;
    const database = await testDatabase();
    const rootKeyFile = join(volume.folder, 'root.key');
    const dataDir = join(volume.folder, 'data');
    mkdirSync(dataDir);
    volume.fill();
    const keys = await keysOn(database.db, rootKeyFile, { dataDir });
    expect(keys.sealedReason()).toContain(`${rootKeyFile} cannot be written (ENOSPC)`);
    const [component] = (await keys.diagnostics()).groups.flatMap((group) => group.components);
    expect(component).toMatchObject({
      name: 'root-key',
      status: 'malfunction',
      required: true,
      cause: expect.stringContaining('ENOSPC'),
      who: 'Whoever runs the server',
    });
    expect(readdirSync(volume.folder).filter((name) => name.startsWith('root.key'))).toEqual([]);

    volume.empty();
    await keys.lightCheck();
    expect(keys.sealed()).toBe(false);
    const room = async () =>
      (await keys.diagnostics()).groups.flatMap((group) => group.components).find(({ name }) => name === 'data-room');
    expect(await room()).toMatchObject({
      status: 'malfunction',
      required: false,
      cause: expect.stringContaining('0 MiB are left'),
      remedy: expect.stringContaining('Make room'),
    });
    expect(volume.grow('100m')).toBe(true);
    expect(await room()).toMatchObject({ status: 'degraded', cause: expect.stringMatching(/^(99|100) MiB are left/) });
    expect(volume.grow('300m')).toBe(true);
    expect(await room()).toMatchObject({ status: 'operational' });
    await database.drop();
  },
);
