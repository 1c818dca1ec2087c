import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packBatch, padmeLength, unpackBatch } from './batch.ts';

// The lengths of the paper's definition: the low bits that Padme clears are zero, and never more than 12 % is added.
test('padding follows Padme', () => {
  expect([1, 2, 3, 8, 9, 15, 17, 33, 100, 1_000, 10_000].map(padmeLength)).toEqual([
    1, 2, 3, 8, 10, 16, 18, 36, 104, 1_024, 10_240,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 * 1024 * 1024 }), (length) => {
      const padded = padmeLength(length);
      expect(padded).toBeGreaterThanOrEqual(length);
      expect(padded).toBeLessThanOrEqual(length * 1.12 + 1);
      expect(padmeLength(padded)).toBe(padded);
    }),
  );
});

const line = fc.string({ minLength: 1, maxLength: 200 }).map((text) => JSON.stringify({ text }));

test('lines come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), fc.constantFrom('br', 'none'), (lines, zip) => {
      const { bytes, ...shape } = packBatch(lines, zip);
      const opened = unpackBatch(bytes, shape);
      expect(opened.ok && opened.value.map(String)).toEqual(lines);
    }),
  );
});

test('lines that compress beyond the ratio a peer accepts travel uncompressed', () => {
  const { bytes, ...shape } = packBatch([JSON.stringify('0'.repeat(60_000))], 'br');
  expect(shape.zip).toBe('none');
  expect(unpackBatch(bytes, shape).ok).toBe(true);
});
