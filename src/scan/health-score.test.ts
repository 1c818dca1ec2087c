import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { priorities } from './check.ts';
import { healthScore, healthWeights } from './health-score.ts';

const none = { critical: 0, high: 0, moderate: 0, low: 0 };

test.each([
  [none, 100],
  [{ ...none, critical: 1 }, 60],
  [{ ...none, high: 2, moderate: 1, low: 3 }, 62],
  [{ ...none, critical: 3 }, 0],
])('HLT-05 %o makes a score of %i percent', (open, percent) => {
  expect(healthScore(open)).toBe(percent);
});

test('HLT-05 the formula is documented with the weights that are used', () => {
  const page = readFileSync(new URL('../../docs/health.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ');
  for (const priority of priorities) expect(page).toContain(`| ${priority} | ${healthWeights[priority]} |`);
});
