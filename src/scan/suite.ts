import { MINUTE_MS } from '../kernel/index.ts';
import type { Check } from './check.ts';
import type { Side, Subject } from './subject.ts';

/** A named, ordered set of checks and of further suites; running it runs all of them (SCN-01). */
export type Suite = {
  /** Stable, as stored in runs: `pre-onboarding`. */
  readonly name: string;
  readonly title: string;
  readonly checks: readonly Check[];
  readonly children?: readonly Suite[];
  /** Run over the whole instance once a day, in both of its roles (SUI-05). */
  readonly daily?: boolean;
  /** A run that takes longer has failed; absent: ten minutes. */
  readonly timeoutMs?: number;
};

/** Below the lease of the job, so that a run is ended by its own time and not taken for a dead one. */
export const DEFAULT_RUN_TIMEOUT_MS = 10 * MINUTE_MS;

/** Every check of a suite and of its children, in order, each once. */
export function checksOf(suite: Suite): readonly Check[] {
  const all = [...suite.checks, ...(suite.children ?? []).flatMap(checksOf)];
  return all.filter((check, index) => all.findIndex(({ id }) => id === check.id) === index);
}

/** The checks that concern one side and can judge such a subject (SCN-04). */
export function applicableChecks(suite: Suite, side: Side, kind: Subject['kind']): readonly Check[] {
  return checksOf(suite).filter(
    (check) =>
      (check.side === 'both' || check.side === side) && (check.subjects === undefined || check.subjects.includes(kind)),
  );
}
