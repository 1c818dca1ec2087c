import { PgBoss, type QueueOptions } from 'pg-boss';
import type { OpenDatabase } from '../db/index.ts';
import type { Job, JobHandler } from './job.ts';
import type { JobLog } from './job-runner.ts';
import { runningJobs } from './queue-repo.ts';

/** Finished jobs stay for a day, so that somebody can look at what happened. */
const KEEP_SECONDS = 24 * 60 * 60;

/** Seconds without a sign of life after which a job is taken from its node. 20: three missed signs, and a pause for collecting garbage is not one. */
const HEARTBEAT_SECONDS = 20;
export const HEARTBEAT_EVERY_MS = 6_000;

/** How often the queue looks for expired leases and removes finished jobs. Embedded, no other process can have died. */
export const SUPERVISE_EVERY_MS = { postgres: 10_000, pglite: 60_000 };

/** The queue notices an expired lease this much later than the handler that was told to stop, so the two do not race. */
const LEASE_GRACE_SECONDS = 5;

/** Starts the queue over our database: it keeps jobs and their states, we decide when to look. */
export async function startBoss(open: OpenDatabase, log: JobLog): Promise<PgBoss> {
  const embedded = open.engine === 'pglite';
  const boss = new PgBoss({
    db: { executeSql: (text, values) => open.executeSql(text, values) },
    backend: embedded ? 'pglite' : 'postgres',
    supervise: false,
    schedule: false,
    registerInstance: false,
    monitorVacuum: false,
    reindex: !embedded,
    monitorIntervalSeconds: embedded ? 60 : 10,
    maintenanceIntervalSeconds: 60 * 60,
    openTelemetry: { enabled: false },
  });
  boss.on('error', (error) => log.warn({ err: error }, 'the job queue reports an error'));
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'the job queue warns'));
  await boss.start();
  if (embedded) await giveBackOrphans(boss, open);
  return boss;
}

/** Only one process has the embedded database, so whatever was running when it was opened runs nowhere. */
async function giveBackOrphans(boss: PgBoss, open: OpenDatabase): Promise<void> {
  for (const { name, id } of await runningJobs(open.db)) await boss.fail(name, id, { name: 'ProcessEnded' });
}

/** Where a job's payload goes when its last attempt has failed, for the handler's onExhausted. */
export const exhaustedName = (job: Job): string => `${job.name}.exhausted`;

/** Creates the queues of these handlers, or brings their options up to date. */
export async function keepQueues(boss: PgBoss, handlers: readonly JobHandler[], engine: OpenDatabase['engine']) {
  const present = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
  for (const { job, onExhausted } of handlers) {
    const options = queueOptions(job, engine);
    const deadLetter = onExhausted === undefined ? null : exhaustedName(job);
    if (deadLetter !== null) await keepQueue(deadLetter, options);
    await keepQueue(job.name, deadLetter === null ? options : { ...options, deadLetter });
  }

  async function keepQueue(name: string, options: QueueOptions & { deadLetter?: string }): Promise<void> {
    const queue: Record<string, unknown> | undefined = present.get(name) && { ...present.get(name) };
    if (queue === undefined) await boss.createQueue(name, options);
    else if (Object.entries(options).some(([option, value]) => queue[option] !== value))
      await boss.updateQueue(name, options);
  }
}

const queueOptions = (job: Job, engine: OpenDatabase['engine']): QueueOptions => ({
  retryLimit: job.maxAttempts - 1,
  retryDelay: job.retrySeconds,
  retryBackoff: true,
  retryDelayMax: job.retryMaxSeconds,
  expireInSeconds: job.leaseSeconds + LEASE_GRACE_SECONDS,
  deleteAfterSeconds: KEEP_SECONDS,
  ...(engine === 'postgres' && { heartbeatSeconds: HEARTBEAT_SECONDS }),
});
