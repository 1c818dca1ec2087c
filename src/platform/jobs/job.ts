import type { z } from 'zod';
import type { Tx } from '../db/database.ts';

/** A background step. The payload holds ids, never objects or secrets: it lies in the database in clear. */
export type Job<Payload = unknown> = {
  /** `<room>.<what-is-done>`; stored in rows, never renamed. */
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  readonly maxAttempts: number;
  /** Seconds before the first retry; doubles with jitter up to `retryMaxSeconds`. */
  readonly retrySeconds: number;
  readonly retryMaxSeconds: number;
  /** Seconds after which a running handler is taken for dead and the job is given to another worker. */
  readonly leaseSeconds: number;
};

export type SendOptions = {
  /** Earliest start. */
  readonly startAfter?: Date;
  /**
   * Merges with a waiting job of the same name and key, if there is one: the earlier of the two times counts, the payload is
   * the first one's. So the key must say all that the payload says.
   */
  readonly singletonKey?: string;
  /** With a key: brings the waiting job forward, and sends none where none waits, because it is being done just now. */
  readonly waitingOnly?: boolean;
};

export type JobHandler<Payload = unknown> = {
  readonly job: Job<Payload>;
  /** Runs at least once. Load, check the expected state, act or return. */
  readonly handle: (payload: Payload, context: JobContext) => Promise<void>;
  /** Called once when the last attempt has failed. */
  readonly onExhausted?: (payload: Payload, error: unknown) => Promise<void>;
};

/** `attempt` counts from 1. */
export type JobContext = { readonly attempt: number; readonly signal: AbortSignal };

/** The queue as a use-case sees it: enqueue in the business transaction, run after commit. */
export type Jobs = {
  send<Payload>(tx: Tx, job: Job<Payload>, payload: Payload, options?: SendOptions): Promise<void>;
};

type Declared<Payload> = Pick<Job<Payload>, 'name' | 'payload'> & Partial<Job<Payload>>;

/** Defaults: 10 attempts, first retry after 2 s, at most 5 min apart, a lease of 60 s. */
export const defineJob = <Payload>(declared: Declared<Payload>): Job<Payload> => ({
  maxAttempts: 10,
  retrySeconds: 2,
  retryMaxSeconds: 300,
  leaseSeconds: 60,
  ...declared,
});

export const handler = <Payload>(
  job: Job<Payload>,
  handle: JobHandler<Payload>['handle'],
  onExhausted?: JobHandler<Payload>['onExhausted'],
): JobHandler => ({ job, handle, ...(onExhausted && { onExhausted }) }) as JobHandler;
