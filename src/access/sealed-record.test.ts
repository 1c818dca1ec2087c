import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemRandom } from '../kernel/index.ts';
import { openRecord, recordHash, sealRecord } from './sealed-record.ts';

const id = 'V4m4LP8dllDVsCqb1NKSVFhV716AzoaanCDJ3uUlVlj';

test('a record opens under the id it was sealed with, whatever it says', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
      const kept = JSON.parse(JSON.stringify(payload));
      expect(openRecord('Grant', id, sealRecord(systemRandom, 'Grant', id, payload))).toEqual(kept);
    }),
  );
});

test('it opens under no other id and as no other model', () => {
  const sealed = sealRecord(systemRandom, 'Grant', id, { a: 1 });
  expect(() => openRecord('Grant', `${id}x`, sealed)).toThrow();
  expect(() => openRecord('Interaction', id, sealed)).toThrow();
});

test('one changed byte and it does not open', () => {
  const sealed = Buffer.from(sealRecord(systemRandom, 'Grant', id, { a: 1 }), 'base64url');
  for (const at of [0, 12, 28, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => openRecord('Grant', id, changed.toString('base64url'))).toThrow();
  }
});

test('the stored name tells neither the id nor that two models share one', () => {
  expect(recordHash('Grant', id)).not.toContain(id.slice(0, 8));
  expect(recordHash('Grant', id)).not.toBe(recordHash('Interaction', id));
});
