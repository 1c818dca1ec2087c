import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSecretFile } from './read-secret-file.ts';
import { writeSecretFileOnce } from './write-secret-file-once.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liaise-files-'));
  path = join(folder, 'root-key');
});
afterEach(() => rm(folder, { recursive: true }));

const codeOf = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? 'ok' : result.error?.code);

test('what was written once is read back, is for its owner only, and leaves no draft', async () => {
  expect(codeOf(await writeSecretFileOnce(path, Buffer.from('key')))).toBe('ok');
  const read = await readSecretFile(path);
  expect(read.ok && read.value.toString()).toBe('key');
  expect((await stat(path)).mode & 0o777).toBe(0o400);
  expect(await readdir(folder)).toEqual(['root-key']);
});

test('an existing file is never replaced', async () => {
  await writeSecretFileOnce(path, Buffer.from('first'));
  expect(codeOf(await writeSecretFileOnce(path, Buffer.from('second')))).toBe('exists');
  const read = await readSecretFile(path);
  expect(read.ok && read.value.toString()).toBe('first');
});

test.each([0o440, 0o404, 0o640, 0o600 | 0o010])('mode %o is refused', async (mode) => {
  await writeFile(path, 'key');
  await chmod(path, mode);
  const read = await readSecretFile(path);
  expect(codeOf(read)).toBe('too-open');
  expect(JSON.stringify(read)).not.toContain('"key"');
});

test('each way of not being there has its code', async () => {
  expect(codeOf(await readSecretFile(path))).toBe('missing');
  expect(codeOf(await readSecretFile(folder))).toBe('not-a-file');
  await writeFile(path, Buffer.alloc(65 * 1024), { mode: 0o600 });
  expect(codeOf(await readSecretFile(path))).toBe('too-large');
  expect(codeOf(await writeSecretFileOnce(join(folder, 'no', 'such'), Buffer.from('key')))).toBe('unwritable');
});

test('a link is followed, as secret mounts are links', async () => {
  await writeSecretFileOnce(join(folder, 'data'), Buffer.from('key'));
  await symlink(join(folder, 'data'), path);
  expect(codeOf(await readSecretFile(path))).toBe('ok');
});
