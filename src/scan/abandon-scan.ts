import { type ConcludeDeps, concludeRun } from './conclude-run.ts';
import { findRunRow } from './run-repo.ts';
import type { ScanRunId } from './scan-run.ts';

/** Ends a run whose job has failed for the last time, so that nothing waits for it for ever (REG-36, REG-37). */
export async function abandonScan(deps: ConcludeDeps, runId: ScanRunId): Promise<void> {
  const run = await findRunRow(deps.db, runId);
  if (run === undefined) return;
  const reason = `Every one of ${run.attempt} attempts to run it was cut off: by an error, or because the program ended.`;
  await concludeRun(deps, run, { kind: 'failed', reason, checks: [], results: run.results });
}
