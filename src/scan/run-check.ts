import type { Clock } from '../kernel/index.ts';
import type { Log } from '../platform/log/index.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import type { CheckResult } from './scan-run.ts';

type Deps = { readonly clock: Clock; readonly log: Pick<Log, 'warn'> };

/**
 * Runs one check within its time. What goes wrong in it is a finding, and never a pass (REG-36). Throws only when
 * `context.signal` ends the whole run.
 */
export async function runCheck(
  deps: Deps,
  check: Check,
  context: Omit<CheckContext, 'signal'> & { readonly signal: AbortSignal },
): Promise<CheckResult> {
  const startedAt = deps.clock.now();
  const timeout = AbortSignal.timeout(check.timeoutMs);
  const signal = AbortSignal.any([timeout, context.signal]);
  const done = (status: CheckResult['status'], findings: readonly Finding[]): CheckResult => ({
    id: check.id,
    name: check.name,
    status,
    durationMs: Math.max(0, deps.clock.now().getTime() - startedAt.getTime()),
    findings,
  });
  try {
    const findings = await untilAborted(signal, () => check.run({ ...context, signal }));
    return done(findings.length === 0 ? 'passed' : 'failed', onePerSource(findings));
  } catch (error) {
    context.signal.throwIfAborted();
    deps.log.warn({ err: error, check: check.id, subject: context.subject.label }, 'a check could not be completed');
    const timedOut = timeout.aborted;
    const findings = [brokenCheck(check, context, timedOut ? undefined : error)];
    return done(timedOut ? 'timed-out' : 'errored', findings);
  }
}

/** Stops waiting when the signal aborts, whether or not the check heeds it. */
async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, work()]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    promise.catch(() => undefined);
  }
}

/** One check and one source make one issue, so several faults of one source are told together. */
function onePerSource(findings: readonly Finding[]): Finding[] {
  const bySource = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.source.kind, finding.source.id]);
    const other = bySource.get(key);
    bySource.set(key, other === undefined ? finding : together(other, finding));
  }
  return [...bySource.values()];
}

const both = (a: string, b: string): string => (a === b ? a : `${a}\n${b}`);

const together = (a: Finding, b: Finding): Finding => ({
  ...a,
  message: both(a.message, b.message),
  cause: both(a.cause, b.cause),
  remedy: both(a.remedy, b.remedy),
  who: both(a.who, b.who),
  peer: a.peer === true && b.peer === true,
});

/** The error's text stays in the log: it may quote a peer or a row. Its kind tells an operator where to begin. */
function brokenCheck(check: Check, { subject }: Pick<CheckContext, 'subject'>, error?: unknown): Finding {
  const peer = check.peer === true;
  const kind = error instanceof Error ? error.name : 'unknown error';
  return {
    source: peer ? subject : { kind: 'check', id: check.id, label: check.name },
    message:
      error === undefined
        ? `The check "${check.name}" did not finish within ${check.timeoutMs / 1000} seconds, so it counts as failed.`
        : `The check "${check.name}" stopped with an error (${kind}), so it counts as failed.`,
    cause: peer
      ? 'The other instance answers too slowly, or something between the two holds the calls up.'
      : 'Something that this check relies on does not work. The log of this instance tells what, under this check’s id.',
    remedy: `It is repeated by itself. If it stays: look for ${check.id} in the log, repair what it names, then Validate & Resolve.`,
    who: 'An operator of this instance',
    ...(peer && { peer }),
  };
}
