import type { Side, Subject } from './subject.ts';

export const priorities = ['critical', 'high', 'moderate', 'low'] as const;
export type Priority = (typeof priorities)[number];

/** Something that stands in the way, said so that a person can act on it. */
export type Finding = {
  /** The record at fault. Findings of one check about one source are one issue, whoever's scan met them. */
  readonly source: { readonly kind: string; readonly id: string; readonly label: string };
  /** What is wrong, in one sentence. */
  readonly message: string;
  readonly cause: string;
  /** The steps that put it right. */
  readonly remedy: string;
  /** Who can do that: a role, or a named contact of the other organisation. */
  readonly who: string;
  /** The other instance is at fault: re-run on the peer schedule, and told apart on screen. */
  readonly peer?: boolean;
};

export type CheckContext = { readonly side: Side; readonly subject: Subject; readonly signal: AbortSignal };

export type Check = {
  /** Stable and unique, as stored in issues: `CHK-01`, `NET-03`. */
  readonly id: `${string}-${string}`;
  readonly name: string;
  readonly category: string;
  readonly priority: Priority;
  readonly side: Side | 'both';
  /** The one-line heading of the issues it raises. */
  readonly summary: string;
  readonly description: string;
  /** General steps; a finding's own remedy is the specific one. */
  readonly remedy: string;
  /** A path below docs/ with more to read. */
  readonly documentation?: string;
  readonly timeoutMs: number;
  /** Kinds of subject it can judge; absent: all. */
  readonly subjects?: readonly Subject['kind'][];
  /** It asks the other instance: a throw or a timeout of it is re-run on the peer schedule. */
  readonly peer?: boolean;
  /** Findings, or none when all is well. A throw or a timeout never counts as passed (REG-36). */
  readonly run: (context: CheckContext) => Promise<readonly Finding[]>;
};

/** Long enough for a slow peer's TLS and answer, short enough that a person watching Awaiting Validation stays. */
const DEFAULT_TIMEOUT_MS = 20_000;
/** The gate over the key management components may take 60 s (protocol.md B.4); nothing may take longer. */
export const LONGEST_TIMEOUT_MS = 60_000;

export function defineCheck(declared: Omit<Check, 'timeoutMs'> & { readonly timeoutMs?: number }): Check {
  const check = { timeoutMs: DEFAULT_TIMEOUT_MS, ...declared };
  if (check.timeoutMs > LONGEST_TIMEOUT_MS)
    throw new Error(`${check.id} may not take more than ${LONGEST_TIMEOUT_MS} ms`);
  return check;
}
