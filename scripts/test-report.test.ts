import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { add, judge, nothing, readReport, totals, unnamedRows } from './test-report.ts';

const file = (status: string, ...tests: [string, string][]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
});
const reportOf = (...testResults: unknown[]) => JSON.stringify({ testResults });

test('passed, failed and everything else are counted apart', () => {
  const text = reportOf(file('failed', ['a', 'passed'], ['b', 'failed'], ['c', 'pending'], ['d', 'todo']));
  expect(readReport(text)).toEqual({ passed: 1, failed: 1, skipped: 2, ran: ['a', 'b'] });
});

test('a file that cannot be loaded is a failure, although none of its tests ran', () => {
  expect(readReport(reportOf(file('failed'), file('passed', ['a', 'passed'])))).toMatchObject({ passed: 1, failed: 1 });
});

test.each([undefined, '', 'not json', '{}'])('a report like %j is a failure', (text) => {
  expect(readReport(text)).toMatchObject({ passed: 0, failed: 1 });
});

test('a project that ran nothing fails, as does a runner that ended badly after passing everything', () => {
  expect(judge(nothing, 0).failed).toBe(1);
  expect(judge({ ...nothing, skipped: 3 }, 0).failed).toBe(1);
  expect(judge({ ...nothing, passed: 3 }, 1).failed).toBe(1);
  expect(judge({ ...nothing, passed: 3 }, null).failed).toBe(1);
  expect(judge({ ...nothing, passed: 3, failed: 2 }, 1).failed).toBe(2);
  expect(judge({ ...nothing, passed: 3 }, 0).failed).toBe(0);
});

test('a row counts as named only where its whole id stands in the title', () => {
  const rows = ['REG-01', 'REG-02', 'ST-20'];
  expect(unnamedRows(rows, ['REG-01 works', 'see ST-20, too', 'XREG-02 REG-021'])).toEqual(['REG-02']);
});

test('totals read as one line', () => {
  expect(totals(add({ ...nothing, passed: 2 }, { ...nothing, failed: 1, skipped: 4 }))).toBe(
    '2 passed, 1 failed, 4 skipped',
  );
});

test('the list of specification rows holds the hundred that the first release answers for', () => {
  const rows = JSON.parse(
    readFileSync(new URL('../test/specification-rows.json', import.meta.url), 'utf8'),
  ) as string[];
  expect(new Set(rows).size).toBe(100);
  expect(rows.every((row) => /^[A-Z]{2,3}-\d{2}$/.test(row))).toBe(true);
});
