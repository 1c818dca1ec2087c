import { expect, test } from 'vitest';
import { placed } from './bar-table.tsx';

test('the parts of a bar stand side by side, and never past its end', () => {
  const parts = [
    { key: 'a', tone: 'good', value: 1 },
    { key: 'b', tone: 'bad', value: 3 },
  ] as const;
  expect(placed(parts, 8).map(({ from, width }) => [from, width])).toEqual([
    [0, 125],
    [125, 375],
  ]);
  expect(placed(parts, 2).map(({ from, width }) => [from, width])).toEqual([
    [0, 500],
    [500, 500],
  ]);
  expect(placed([{ key: 'a', tone: 'good', value: -1 }], 0)).toMatchObject([{ width: 0 }]);
});
