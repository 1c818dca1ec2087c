import { z } from 'zod';
import { type Id, idType } from '../kernel/index.ts';
import type { Finding } from './check.ts';
import type { Side, Subject } from './subject.ts';

export type ScanRunId = Id<'scr'>;
export const scanRunId = idType('scr');

/**
 * A run waits, is worked on, and ends: complete (with an outcome), failed (it could not be brought to an end, which
 * never counts as passed), or cancelled (its subject changed or went away, so its outcome is of no use).
 */
export const runStatuses = ['queued', 'running', 'complete', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const outcomes = ['passed', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** `timed-out` and `errored` count as failed (REG-36). `waiting`: not reached yet. */
export const checkStatuses = ['waiting', 'passed', 'failed', 'errored', 'timed-out'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** What the job named by `replyTo` is told when a run has ended. */
export const scanVerdict = z.object({ subjectId: z.string(), runId: scanRunId.schema, outcome: z.enum(outcomes) });
export type ScanVerdict = z.output<typeof scanVerdict>;

export type CheckResult = {
  readonly id: string;
  readonly name: string;
  readonly status: CheckStatus;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
};

export type ScanRun = {
  readonly id: ScanRunId;
  readonly suite: string;
  readonly side: Side;
  readonly subject: Subject;
  readonly status: RunStatus;
  /** Null until the run has ended. */
  readonly outcome: Outcome | null;
  /** Why a failed or cancelled run ended so. */
  readonly reason: string | null;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly results: readonly CheckResult[];
};
