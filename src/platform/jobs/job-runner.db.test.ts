import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '../../../test/harness/database.ts';
import { later, MINUTE_MS, SECOND_MS } from '../../kernel/index.ts';
import { transact } from '../db/index.ts';
import { defineJob, handler, type JobRunner, openJobs, platformMigrations, type SendOptions } from './index.ts';

const greet = defineJob({
  name: 'test.greet',
  payload: z.object({ who: z.string() }),
  maxAttempts: 3,
  retrySeconds: 2,
});
const tick = defineJob({ name: 'test.tick', payload: z.object({}) });

const lines: { level: string; fields: object; message: string }[] = [];
const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };

let database: TestDatabase;
let jobs: JobRunner;
let now = new Date('2026-01-05T09:00:00Z');
const clock = { now: () => now };
const greeted: string[] = [];

beforeEach(async () => {
  now = new Date('2026-01-05T09:00:00Z');
  greeted.length = 0;
  lines.length = 0;
  database = await testDatabase({ migrations: platformMigrations });
  jobs = await openJobs({ open: database.open, clock, log });
});
afterEach(async () => {
  await jobs.stop();
  await database.drop();
});

const greeting = handler(greet, async ({ who }) => void greeted.push(who));
const send = (who: string, options?: SendOptions) =>
  transact(database.db, (tx) => jobs.send(tx, greet, { who }, options));
/** Resolves when `handle` has been called `times` times. */
function counted(times: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const calls: string[] = [];
  const count = async ({ who }: { who: string }) => {
    calls.push(who);
    if (calls.length === times) resolve();
  };
  return { all: promise, calls, handle: count };
}

describe('enqueued in the business transaction', () => {
  test('a job runs after the commit, with the payload it was sent with', async () => {
    await jobs.work([greeting]);
    await send('Ada');
    expect(greeted).toEqual([]);
    await jobs.drain();
    expect(greeted).toEqual(['Ada']);
    await jobs.drain();
    expect(greeted).toEqual(['Ada']);
  });

  test('a rollback takes the job back', async () => {
    await jobs.work([greeting]);
    const failing = transact(database.db, async (tx) => {
      await jobs.send(tx, greet, { who: 'nobody' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await jobs.drain();
    expect(greeted).toEqual([]);
  });

  test('a payload its schema does not take is refused when it is sent', async () => {
    await jobs.work([greeting]);
    await expect(transact(database.db, (tx) => jobs.send(tx, greet, { who: 7 } as never))).rejects.toThrow();
    await jobs.drain();
    expect(greeted).toEqual([]);
  });

  test('a payload stored by an older version is checked again before it runs', async () => {
    await jobs.work([greeting]);
    await send('Ada');
    await sql`update pgboss.job set data = '{"who": 7}'`.execute(database.db);
    await jobs.drain();
    expect(greeted).toEqual([]);
  });
});

describe('while running', () => {
  test('a job sent is woken for at once, and two hundred at once all run without waiting for the next look', async () => {
    const { all, calls, handle } = counted(200);
    await jobs.work([handler(greet, handle)]);
    await jobs.start();
    await transact(database.db, async (tx) => {
      for (let index = 0; index < 200; index += 1) await jobs.send(tx, greet, { who: String(index) });
    });
    await all;
    expect(new Set(calls).size).toBe(200);
  });

  test('a deferred job starts by itself when its time has come', async () => {
    const { all, handle } = counted(1);
    await jobs.work([handler(greet, handle)]);
    await jobs.start();
    await send('later', { startAfter: later(now, 200) });
    await all;
  });

  test('stop lets the running job end and takes no other', async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const ended: string[] = [];
    await jobs.work([
      handler(greet, async ({ who }) => {
        started.resolve();
        await finish.promise;
        ended.push(who);
      }),
    ]);
    await jobs.start();
    await send('first');
    await started.promise;
    const stopped = jobs.stop();
    await send('second');
    finish.resolve();
    await stopped;
    expect(ended).toEqual(['first']);
  });
});

describe('failing jobs', () => {
  test('are tried again when the delay has passed, and handed to onExhausted once after the last attempt', async () => {
    const attempts: number[] = [];
    const exhausted: unknown[] = [];
    await jobs.work([
      handler(
        greet,
        async (_, { attempt }) => {
          attempts.push(attempt);
          throw Object.assign(new Error('the peer said: secret'), { code: 'unreachable' });
        },
        async (payload, error) => void exhausted.push([payload, error]),
      ),
    ]);
    await send('Ada');
    await jobs.drain();
    expect(attempts).toEqual([1]);
    await jobs.drain();
    expect(attempts).toEqual([1]);
    now = later(now, 10 * MINUTE_MS);
    await jobs.drain();
    expect(attempts).toEqual([1, 2]);
    await jobs.drain();
    expect(attempts).toEqual([1, 2, 3]);
    expect(exhausted).toEqual([[{ who: 'Ada' }, { name: 'Error', code: 'unreachable' }]]);
    await jobs.drain();
    expect(attempts).toHaveLength(3);
    expect(exhausted).toHaveLength(1);
  });

  test('leave neither payload nor message in the queue, and no payload in the log', async () => {
    await jobs.work([
      handler(greet, async () => {
        throw new Error('quoting-the-peer');
      }),
    ]);
    await send('payload-text');
    await jobs.drain();
    const { rows } = await sql<{ output: unknown }>`select output from pgboss.job`.execute(database.db);
    expect(JSON.stringify(rows)).not.toContain('quoting-the-peer');
    expect(JSON.stringify(lines)).not.toContain('payload-text');
    expect(lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ job: 'test.greet', attempt: 1, last: false }) }),
    );
  });

  test('a handler that outlives its lease is told to stop and tried again', async () => {
    const short = defineJob({ name: 'test.short', payload: z.object({}), leaseSeconds: 1 });
    const reasons: unknown[] = [];
    await jobs.work([
      handler(short, async (_, { attempt, signal }) => {
        if (attempt > 1) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => resolve());
        await promise;
        reasons.push(signal.reason);
      }),
    ]);
    await transact(database.db, (tx) => jobs.send(tx, short, {}));
    await jobs.drain();
    expect(reasons).toEqual([expect.objectContaining({ name: 'LeaseExpired' })]);
    now = later(now, MINUTE_MS);
    await jobs.drain();
    expect(lines.filter(({ message }) => message === 'job done')).toHaveLength(1);
  });
});

describe('keys and times', () => {
  test('a second job with the same key merges into the waiting one and brings it forward', async () => {
    await jobs.work([greeting]);
    await send('a', { singletonKey: 'k', startAfter: later(now, MINUTE_MS) });
    await jobs.drain();
    expect(greeted).toEqual([]);
    await send('b', { singletonKey: 'k' });
    await send('c', { singletonKey: 'other' });
    await send('d');
    await jobs.drain();
    expect(greeted.toSorted()).toEqual(['a', 'c', 'd']);
  });

  test('a job that is sent only to a waiting one brings that forward, and is none of its own', async () => {
    await jobs.work([greeting]);
    await send('nobody waits', { singletonKey: 'k', waitingOnly: true });
    await send('waits', { singletonKey: 'k', startAfter: later(now, MINUTE_MS) });
    await send('hurries', { singletonKey: 'k', waitingOnly: true });
    await jobs.drain();
    expect(greeted).toEqual(['waits']);
  });

  test('startAfter goes by the clock that was handed in', async () => {
    await jobs.work([greeting]);
    await send('in an hour', { startAfter: later(now, 60 * MINUTE_MS) });
    now = later(now, 59 * MINUTE_MS);
    await jobs.drain();
    expect(greeted).toEqual([]);
    now = later(now, MINUTE_MS);
    await jobs.drain();
    expect(greeted).toEqual(['in an hour']);
  });

  test('a periodic job runs once per period however many nodes there are', async () => {
    const other = await openJobs({ open: database.open, clock, log });
    const ran: string[] = [];
    for (const [name, node] of Object.entries({ a: jobs, b: other })) {
      await node.work([handler(tick, async () => void ran.push(name))]);
      node.schedule(tick, 30);
    }
    const both = async () => {
      await jobs.drain();
      await other.drain();
    };
    await both();
    expect(ran).toHaveLength(1);
    now = later(now, 29 * SECOND_MS);
    await both();
    expect(ran).toHaveLength(1);
    now = later(now, SECOND_MS);
    await both();
    expect(ran).toHaveLength(2);
    await other.stop();
  });
});
