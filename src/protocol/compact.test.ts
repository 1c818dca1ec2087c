import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strictSegments } from './compact.ts';

const spelled = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
/** Segments as they should be, and as they should not: padded, with stray tail bits, in the other alphabet, with white space. */
const segment = fc.oneof(
  spelled,
  spelled.map((text) => `${text}=`),
  spelled.map((text) => `${text.slice(0, -1)}B`),
  spelled.map((text) => text.replaceAll('-', '+').replaceAll('_', '/')),
  spelled.map((text) => ` ${text}`),
  fc.string({ maxLength: 12 }),
);
const canonical = (text: string) =>
  /^[A-Za-z0-9_-]*$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;

test('the gate accepts exactly what re-encodes to itself, with the right number of segments', () => {
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(3 as const, 5 as const),
      (parts, count) => {
        const compact = parts.join('.');
        const found = compact.split('.');
        const good = compact !== '' && found.length === count && found.every(canonical);
        const segments = strictSegments(compact, count);
        expect(segments !== null).toBe(good);
        if (segments !== null) expect(segments.map((each) => each.toString('base64url'))).toEqual(found);
      },
    ),
    { numRuns: 500 },
  );
});
