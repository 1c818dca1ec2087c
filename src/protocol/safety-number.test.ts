import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { testParty } from '../../test/harness/sx-party.ts';
import { fingerprint, safetyNumber } from './safety-number.ts';

const now = new Date('2026-01-05T09:00:00Z');
const printed = async (name: string) => {
  const { id, root } = await testParty(name, now);
  return { id, rootThumbprint: root.kid };
};

test('both sides read the same sixty digits in groups of five', async () => {
  const [one, two] = [await printed('one'), await printed('two')];
  expect(safetyNumber(one, two)).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(safetyNumber(two, one)).toBe(safetyNumber(one, two));
  expect(safetyNumber(one, two).includes(fingerprint(one))).toBe(true);
});

test('a fingerprint is 5200 rounds of SHA-512, six groups of five bytes modulo 100000', async () => {
  const one = await printed('one');
  const sha512 = (data: string | Buffer) => createHash('sha512').update(data).digest();
  let hash = sha512(`sx-fp/1|${one.id}|${one.rootThumbprint}`);
  for (let round = 2; round <= 5_200; round += 1) hash = sha512(Buffer.concat([hash, Buffer.from(one.id)]));
  const groups = [0, 5, 10, 15, 20, 25].map((at) => BigInt(`0x${hash.toString('hex', at, at + 5)}`) % 100_000n);
  expect(fingerprint(one)).toBe(groups.map((group) => String(group).padStart(5, '0')).join(' '));
});

test('another root key of the same instance gives another fingerprint', async () => {
  const one = await printed('one');
  const { root } = await testParty('two', now);
  expect(fingerprint({ ...one, rootThumbprint: root.kid })).not.toBe(fingerprint(one));
});
