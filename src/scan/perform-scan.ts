import { SECOND_MS } from '../kernel/index.ts';
import { isUniqueViolation, transact } from '../platform/db/index.ts';
import type { JobContext } from '../platform/jobs/index.ts';
import type { Log } from '../platform/log/index.ts';
import type { Check } from './check.ts';
import { type ConcludeDeps, concludeRun } from './conclude-run.ts';
import { failingOwnChecks } from './issue-repo.ts';
import { runCheck } from './run-check.ts';
import { claimRun, findRun, latestRun, type RunRow, saveProgress } from './run-repo.ts';
import type { CheckResult, ScanRunId } from './scan-run.ts';
import type { Subject } from './subject.ts';
import { applicableChecks, DEFAULT_RUN_TIMEOUT_MS, type Suite } from './suite.ts';
import { lockWatch, updateWatch } from './watch-repo.ts';

export type PerformDeps = ConcludeDeps & { readonly suites: readonly Suite[]; readonly log: Pick<Log, 'warn'> };

/** Soon enough for a person who watches the list of checks, and most runs have ended before the first time. */
const PROGRESS_EVERY_MS = SECOND_MS / 2;

/** Runs a suite over its subject and concludes. Safe to be delivered twice: one delivery holds the run, the last one wins. */
export async function performScan(deps: PerformDeps, runId: ScanRunId, context: JobContext): Promise<void> {
  const run = await claim(deps, runId, context.attempt);
  if (run === undefined) return;
  const suite = deps.suites.find(({ name }) => name === run.suite);
  if (suite === undefined) {
    const reason = `This version of the program has no suite ${run.suite}.`;
    return concludeRun(deps, run, { kind: 'failed', reason, checks: [], results: run.results });
  }
  const superseded = new AbortController();
  const { timeoutMs = DEFAULT_RUN_TIMEOUT_MS } = suite;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, superseded.signal, late]);
  const checks = applicableChecks(suite, run.side, run.subject_kind);
  const progress = createProgress(deps, run, checks, superseded);
  try {
    const conclusion = await runChecks(deps, run, { suite, signal, progress });
    await progress.stop();
    await concludeRun(deps, run, conclusion);
  } catch (error) {
    await progress.stop();
    if (!superseded.signal.aborted && !late.aborted) throw error;
    const results = progress.all();
    const ran = checks.filter(({ id }) => results.some((result) => result.id === id && result.status !== 'waiting'));
    const reason = `It did not come to an end within ${timeoutMs / SECOND_MS} seconds.`;
    await concludeRun(deps, run, { kind: 'failed', reason, checks: ran, results });
  }
}

/** Undefined when there is nothing to do: it has ended, or another run of this subject goes on and will hand over. */
async function claim(deps: PerformDeps, id: ScanRunId, attempt: number): Promise<RunRow | undefined> {
  const now = deps.clock.now();
  try {
    return await transact(deps.db, async (tx) => {
      const found = await findRun(tx, id);
      if (found === undefined) return undefined;
      const key = { suite: found.suite, subject_kind: found.subject.kind, subject_id: found.subject.id };
      const watch = await lockWatch(tx, key);
      const run = await claimRun(tx, id, { attempt, now });
      // From here on the run sees what is now; whatever is repaired later wakes the watch again.
      if (run !== undefined && watch !== undefined) await updateWatch(tx, key, { woken_at: null });
      if (run !== undefined && !run.is_rerun) await deps.changes.publish(tx, run.subject_label);
      return run;
    });
  } catch (error) {
    if (isUniqueViolation(error, 'run_one_running')) return undefined;
    throw error;
  }
}

type Progress = ReturnType<typeof createProgress>;

/** The results so far, written down now and then for those who watch. Says so when the run has become useless. */
function createProgress(deps: PerformDeps, run: RunRow, checks: readonly Check[], superseded: AbortController) {
  const results = new Map<string, CheckResult>(
    checks.map(({ id, name }) => [id, { id, name, status: 'waiting', durationMs: 0, findings: [] }]),
  );
  let saving = Promise.resolve();
  const save = () =>
    transact(deps.db, async (tx) => {
      if (!(await saveProgress(tx, run, [...results.values()]))) superseded.abort(new Error('the run was superseded'));
      else if (!run.is_rerun) await deps.changes.publish(tx, run.subject_label);
    }).catch((error: unknown) => deps.log.warn({ err: error, run: run.id }, 'the progress of a scan was not stored'));
  const timer = setInterval(() => {
    saving = saving.then(save);
  }, PROGRESS_EVERY_MS);
  return {
    add: (result: CheckResult) => void results.set(result.id, result),
    all: () => [...results.values()],
    async stop() {
      clearInterval(timer);
      await saving;
    },
  };
}

type Running = { readonly suite: Suite; readonly signal: AbortSignal; readonly progress: Progress };

/** In order, one after the other: a later check may look at what an earlier one brought to light. */
async function runChecks(deps: PerformDeps, run: RunRow, { suite, signal, progress }: Running) {
  const checks = applicableChecks(suite, run.side, run.subject_kind);
  const subject: Subject = { kind: run.subject_kind, id: run.subject_id, label: run.subject_label };
  const perform = async (some: readonly Check[]) => {
    for (const check of some) progress.add(await runCheck(deps, check, { side: run.side, subject, signal }));
  };
  const failing = run.own_first ? await failingOwnChecks(deps.db, run) : [];
  const first = checks.filter(({ id }) => failing.includes(id));
  await perform(first);
  const stillFailing = progress.all().some(({ status }) => status !== 'waiting' && status !== 'passed');
  if (stillFailing) {
    await carryOver(deps, run, progress);
    return { kind: 'complete', checks: first, results: progress.all(), partial: true } as const;
  }
  await perform(checks.filter((check) => !first.includes(check)));
  return { kind: 'complete', checks, results: progress.all(), partial: false } as const;
}

/** What was left out stands as the last run left it. */
async function carryOver(deps: PerformDeps, run: RunRow, progress: Progress): Promise<void> {
  const last = await latestRun(deps.db, run.suite, { kind: run.subject_kind, id: run.subject_id });
  const waiting = progress.all().filter(({ status }) => status === 'waiting');
  for (const { id } of waiting) {
    const before = last?.results.find((result) => result.id === id);
    if (before !== undefined) progress.add(before);
  }
}
