import type { JobWithMetadata, PgBoss } from 'pg-boss';
import type { z } from 'zod';
import { SECOND_MS } from '../../kernel/index.ts';
import { HEARTBEAT_EVERY_MS } from './boss.ts';
import type { JobContext } from './job.ts';
import type { JobLog } from './job-runner.ts';

/** Jobs of one name that run at once in one process. 4: they mostly wait for peers, and no name can keep the others out. */
const AT_ONCE = 4;

/** What one queue name does: a job's handler, or its onExhausted. */
export type Lane = {
  readonly name: string;
  /** Looks for due jobs and runs them; returns once none is left to start. */
  pump(): Promise<void>;
  /** Resolves when nothing of this lane runs. */
  idle(): Promise<void>;
  /** Tells running handlers to stop. */
  abort(): void;
};

export type LaneOptions = {
  readonly boss: PgBoss;
  readonly log: JobLog;
  readonly name: string;
  readonly payload: z.ZodType;
  readonly leaseSeconds: number;
  readonly heartbeat: boolean;
  readonly handle: (payload: unknown, context: JobContext, failure: unknown) => Promise<void>;
  readonly stopping: () => boolean;
  readonly onFailed: (id: string) => void;
};

export function createLane(options: LaneOptions): Lane {
  const { boss, log, name } = options;
  const running = new Map<string, { done: Promise<void>; abort: AbortController }>();
  let pumping: Promise<void> | undefined;
  let again = false;
  /** There may be more than we had room for; whoever finishes first looks again. */
  let backlog = false;

  async function pump(): Promise<void> {
    if (pumping !== undefined) {
      again = true;
      return pumping;
    }
    pumping = pumpOnce();
    try {
      await pumping;
    } finally {
      pumping = undefined;
    }
  }

  async function pumpOnce(): Promise<void> {
    do {
      again = false;
      const free = AT_ONCE - running.size;
      backlog = free === 0;
      if (options.stopping() || backlog) return;
      const jobs = await boss.fetch<object>(name, { batchSize: free, includeMetadata: true });
      for (const job of jobs) begin(job);
      backlog = jobs.length === free;
    } while (again);
  }

  function begin(job: JobWithMetadata<object>): void {
    const abort = new AbortController();
    const done = run(job, abort).finally(() => {
      running.delete(job.id);
      if (backlog)
        void pump().catch((error: unknown) => log.warn({ err: error, job: name }, 'cannot look for more jobs'));
    });
    running.set(job.id, { done, abort });
  }

  async function run(job: JobWithMetadata<object>, abort: AbortController): Promise<void> {
    const attempt = job.retryCount + 1;
    const line = { job: name, id: job.id, attempt };
    const lease = setTimeout(() => abort.abort(new LeaseExpired()), options.leaseSeconds * SECOND_MS);
    const heartbeat = options.heartbeat ? setInterval(() => void touch(job), HEARTBEAT_EVERY_MS) : undefined;
    try {
      await untilAborted(abort.signal, async () => {
        const payload = await options.payload.parseAsync(job.data);
        await options.handle(payload, { attempt, signal: abort.signal }, job.sourceOutput);
      });
      await boss.complete(name, job);
      log.debug(line, 'job done');
    } catch (error) {
      log.warn({ ...line, last: job.retryCount >= job.retryLimit, ...describe(error) }, 'job failed');
      // Should this fail too, the lease runs out and another attempt follows.
      await boss
        .fail(name, job, kindOf(error))
        .catch((second: unknown) => log.error({ ...line, ...describe(second) }, 'cannot record a failed job'));
      options.onFailed(job.id);
    } finally {
      clearTimeout(lease);
      clearInterval(heartbeat);
    }
  }

  const touch = (job: JobWithMetadata<object>) =>
    boss
      .touch(name, job)
      .catch((error: unknown) =>
        log.warn({ job: name, id: job.id, ...describe(error) }, 'cannot renew the lease of a job'),
      );

  return {
    name,
    pump,
    async idle() {
      while (running.size > 0 || pumping !== undefined)
        await Promise.all([pumping, ...[...running.values()].map(({ done }) => done)]);
    },
    abort() {
      for (const { abort } of running.values()) abort.abort(new Error('the program is stopping'));
    },
  };
}

class LeaseExpired extends Error {
  override readonly name = 'LeaseExpired';
  constructor() {
    super('the job ran longer than its lease');
  }
}

/** Stops waiting for `work` when the signal aborts; `work` itself stops where it heeds the signal. */
async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work(), promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What is kept in the queue of a failure: its kind. Messages may quote what a peer sent. */
function kindOf(error: unknown): { name: string; code?: string } {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, ...code };
}

/** What is logged of a failure: chosen members, because a database error also carries the values of the row. */
const describe = (error: unknown) =>
  error instanceof Error ? { error: { ...kindOf(error), stack: error.stack } } : { error: kindOf(error) };
