import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { checkLicences, isMet } from './licences.ts';

const allowed = new Set(['MIT', 'ISC']);

test.each([
  ['MIT', true],
  ['GPL-3.0', false],
  ['(MIT OR GPL-3.0)', true],
  ['MIT AND ISC', true],
  ['MIT AND GPL-3.0', false],
  ['SEE LICENSE IN LICENSE', false],
])('the licence %s is met: %s', (expression, expected) => {
  expect(isMet(expression, allowed)).toBe(expected);
});

test('every dependency may be used and passed on', () => {
  expect(checkLicences(resolve(import.meta.dirname, '..'))).toEqual([]);
});
