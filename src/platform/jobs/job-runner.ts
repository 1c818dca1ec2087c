import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, later, SECOND_MS } from '../../kernel/index.ts';
import type { DatabaseLog, OpenDatabase } from '../db/index.ts';
import { exhaustedName, keepQueues, SUPERVISE_EVERY_MS, startBoss } from './boss.ts';
import type { Job, JobHandler, Jobs } from './job.ts';
import { createLane, type Lane, type LaneOptions } from './lane.ts';
import { dueNames, pullForward, queueNow } from './queue-repo.ts';
import { repeat } from './repeat.ts';
import { createSchedules } from './schedules.ts';
import { createSend, WAKE_CHANNEL } from './send-job.ts';

export type JobLog = DatabaseLog & { debug(fields: object, message: string): void };

export type JobRunner = Jobs & {
  /** Says what this process can run. A job can be sent once some handler for it has been given here. */
  work(handlers: readonly JobHandler[]): Promise<void>;
  /** Enqueues `job`, whose payload is `{}`, once per period for all nodes together; the first time at once. */
  schedule(job: Job<Record<string, never>>, everySeconds: number): void;
  /** Begins to run jobs: woken at once when one is sent, and looking every second for those whose time comes. */
  start(): Promise<void>;
  /** Takes no new job, lets the running ones end for ten seconds, then tells them to stop. */
  stop(): Promise<void>;
  /**
   * For tests, instead of start(): runs jobs until none is due by the clock handed in, periodic ones included. A job that
   * fails is left to the next drain.
   */
  drain(): Promise<void>;
};

/** Also how late a deferred job or a retry starts at most. One statement per look, however many kinds of jobs there are. */
const LOOK_EVERY_MS = SECOND_MS;
const STOP_GRACE_MS = 10 * SECOND_MS;

/** Opens the job queue of this database, creating its schema where it is missing. Nothing runs before start() or drain(). */
export async function openJobs(deps: { open: OpenDatabase; clock: Clock; log: JobLog }): Promise<JobRunner> {
  const { open, clock, log } = deps;
  const { db, engine } = open;
  const boss = await startBoss(open, log);
  // The queue goes by the database's clock; our instants are shifted to it. No shift unless a test moves our clock.
  const queueAheadMs = (await queueNow(db)).getTime() - clock.now().getTime();
  const onQueueClock = (instant: Date): Date => later(instant, queueAheadMs);
  const lanes = new Map<string, Lane>();
  const failed = new Set<string>();
  let stopping = false;
  let stopTimers = async (): Promise<void> => undefined;

  const send = createSend({ boss, notify: open.notify, isKnown: (name) => lanes.has(name), onQueueClock });
  const schedules = createSchedules({ db, clock, jobs: { send } });

  const warn = (error: unknown) => log.warn({ err: error }, 'cannot look for jobs');
  const wake = (name: string) => void lanes.get(name)?.pump().catch(warn);

  function addLane(name: string, job: Job, handle: LaneOptions['handle']): void {
    const onFailed = (id: string) => {
      failed.add(id);
      wake(exhaustedName(job));
    };
    const { payload, leaseSeconds } = job;
    const heartbeat = engine === 'postgres';
    lanes.set(
      name,
      createLane({ boss, log, name, payload, leaseSeconds, heartbeat, handle, stopping: () => stopping, onFailed }),
    );
  }

  /** Starts everything whose time has come and says whether there was anything. */
  async function look(): Promise<boolean> {
    await schedules.enqueueDue();
    const due = await dueNames(db, [...lanes.keys()]);
    await Promise.all(due.map((name) => lanes.get(name)?.pump()));
    return due.length > 0;
  }
  const idle = async () => void (await Promise.all([...lanes.values()].map((lane) => lane.idle())));

  return {
    send,
    schedule: schedules.add,
    async work(handlers) {
      await keepQueues(boss, handlers, engine);
      for (const { job, handle, onExhausted } of handlers) {
        addLane(job.name, job, handle);
        if (onExhausted !== undefined)
          addLane(exhaustedName(job), job, (payload, _context, failure) => onExhausted(payload, failure));
      }
    },
    async start() {
      const listening = await open.listen(WAKE_CHANNEL, wake, () => void look().catch(warn));
      const looking = repeat(LOOK_EVERY_MS, look, warn);
      // At once as well: a node that was killed may be the reason why this one starts.
      void boss.supervise().catch(warn);
      const supervising = repeat(SUPERVISE_EVERY_MS[engine], () => boss.supervise(), warn);
      stopTimers = async () => {
        await Promise.all([listening.close(), looking.stop(), supervising.stop()]);
      };
    },
    async stop() {
      stopping = true;
      await stopTimers();
      const ended = new AbortController();
      const tooLong = sleep(STOP_GRACE_MS, true, { signal: ended.signal }).catch(() => false);
      const hurried = tooLong.then((late) => {
        if (late) for (const lane of lanes.values()) lane.abort();
      });
      await idle();
      ended.abort();
      await hurried;
      await boss.stop({ close: false, graceful: false });
    },
    async drain() {
      failed.clear();
      for (let more = true; more; ) {
        await pullForward(db, onQueueClock(clock.now()), [...failed]);
        more = await look();
        await idle();
      }
    },
  };
}
