import { z } from 'zod';

/** What we read of vitest's JSON report (its format is Jest's). */
const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export type Tally = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Full names of the tests that ran, whatever came of them. */
  readonly ran: readonly string[];
};

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, ran: [] };

export const add = (a: Tally, b: Tally): Tally => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  ran: [...a.ran, ...b.ran],
});

/** Reads one project's report. A file that could not even be loaded counts as one failure; so does a report nobody wrote. */
export function readReport(text: string | undefined): Tally {
  const parsed = report.safeParse(parseJson(text));
  if (!parsed.success) return { ...nothing, failed: 1 };
  const files = parsed.data.testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const unloadable = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const passed = count('passed');
  const failed = count('failed');
  return {
    passed,
    failed: failed + unloadable,
    skipped: tests.length - passed - failed,
    ran: tests.filter(({ status }) => status === 'passed' || status === 'failed').map(({ fullName }) => fullName),
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** What follows from how the runner ended: a crash or an unheard error fails a project whose every test passed. */
export function judge(tally: Tally, exitCode: number | null): Tally {
  const ranNothing = tally.passed + tally.failed === 0;
  const brokeSilently = exitCode !== 0 && tally.failed === 0;
  return ranNothing || brokeSilently ? { ...tally, failed: tally.failed + 1 } : tally;
}

/** The rows of the specification that no title names. */
export function unnamedRows(rows: readonly string[], titles: readonly string[]): string[] {
  const named = new Set(titles.flatMap((title) => title.match(/\b[A-Z]{2,3}-\d{2,3}\b/g) ?? []));
  return rows.filter((row) => !named.has(row));
}

export const totals = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
