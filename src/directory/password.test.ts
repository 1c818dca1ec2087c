import { argon2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../kernel/index.ts';
import { createPasswords, PASSWORD_COST } from './password.ts';
import { TooManyAttempts } from './problems.ts';
import { newPassword } from './user.ts';

const cheap = { memoryKiB: 64, passes: 1 };
const passwords = createPasswords(systemRandom, cheap);

describe('a password', () => {
  test('is kept as Argon2id with 64 MiB, three passes and a salt of its own', async () => {
    const strong = createPasswords(systemRandom);
    const stored = await strong.hash('correct horse battery');
    const [, kind, version, cost, salt, hash] = stored.split('$');
    expect([kind, version, cost]).toEqual(['argon2id', 'v=19', 'm=65536,t=3,p=1']);
    const again = argon2Sync('argon2id', {
      message: 'correct horse battery',
      nonce: Buffer.from(salt ?? '', 'base64'),
      parallelism: 1,
      tagLength: 32,
      memory: PASSWORD_COST.memoryKiB,
      passes: PASSWORD_COST.passes,
    });
    expect(again.toString('base64').replace(/=+$/, '')).toBe(hash);
    expect(await passwords.verify('correct horse battery', stored)).toBe(true);
  });

  test('is not proved by another one, by nobody, or against what is no hash', async () => {
    const stored = await passwords.hash('correct horse battery');
    expect(await passwords.hash('correct horse battery')).not.toBe(stored);
    expect(await passwords.verify('correct horse batterz', stored)).toBe(false);
    expect(await passwords.verify('', stored)).toBe(false);
    expect(await passwords.verify('correct horse battery', null)).toBe(false);
    expect(await passwords.verify('correct horse battery', 'correct horse battery')).toBe(false);
  });

  test('is the same on a keyboard that composes its letters otherwise', async () => {
    expect(await passwords.verify('Zo\u00EB and friends', await passwords.hash('Zoe\u0308 and friends'))).toBe(true);
  });

  test('counts as outdated when it was hashed at another cost', async () => {
    const stored = await passwords.hash('correct horse battery');
    expect(passwords.isOutdated(stored)).toBe(false);
    expect(createPasswords(systemRandom, { memoryKiB: 128, passes: 1 }).isOutdated(stored)).toBe(true);
  });

  test('is refused at once when more are waiting than can be looked at soon, and then again accepted', async () => {
    const stored = await passwords.hash('correct horse battery');
    const flood = await Promise.allSettled(
      Array.from({ length: 70 }, () => passwords.verify('correct horse battery', stored)),
    );
    const refused = flood.filter((one) => one.status === 'rejected');
    expect(refused.map((one) => one.reason instanceof TooManyAttempts)).toEqual(Array(8).fill(true));
    expect(await passwords.verify('correct horse battery', stored)).toBe(true);
  });

  test.each(['short', 'elevenchars', 'aaaaaaaaaaaaaaaa', 'x'.repeat(257)])('%s is refused as a new one', (text) => {
    expect(newPassword.safeParse(text).success).toBe(false);
  });
});
