import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64url, fromBase64url, joined } from './encoding.ts';

test('every byte string has exactly one base64url spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = base64url(bytes);
      expect(fromBase64url(text)).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each(['AA=', 'AA==', 'A', 'AB', 'AAB', 'A A', ' AAA', 'AAA\n', 'AA+A', 'AA/A', 'ÄAAA', 'AA\u0000A'])(
  '%j is no base64url',
  (text) => {
    expect(fromBase64url(text)).toBeNull();
  },
);

test('a part that holds the separator is a bug, because two lists would then hash alike', () => {
  expect(joined('a', 'b').toString()).toBe('a|b');
  expect(() => joined('a|b')).toThrow();
});
