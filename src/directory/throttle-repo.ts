import { sql } from 'kysely';
import type { Tx } from '../platform/db/index.ts';
import type { Throttled } from './throttle.ts';
import './tables.ts';

/** Counts one attempt. Null: go ahead. A date: still waiting until then, and nothing was counted. */
export async function reserveAttempt(tx: Tx, throttled: Throttled, now: Date): Promise<Date | null> {
  await followClock(tx, throttled.key, now);
  const forgotten = sql<boolean>`seen.last_failure_at < ${new Date(now.getTime() - throttled.forgetMs)}::timestamptz`;
  const over = sql<number>`(seen.failures + 1 - ${throttled.free}::integer)`;
  const counted = await sql`
    insert into directory.throttle as seen (key, failures, blocked_until, last_failure_at)
    values (${throttled.key}, 1, ${now}, ${now})
    on conflict (key) do update set
      failures = case when ${forgotten} then 1 else seen.failures + 1 end,
      blocked_until = excluded.last_failure_at + make_interval(secs => case
        when ${forgotten} or ${over} <= 0 then 0
        else least(${throttled.mostSeconds}::integer, power(2, least(${over} - 1, 20))) end),
      last_failure_at = excluded.last_failure_at
    where seen.blocked_until <= excluded.last_failure_at
    returning key`.execute(tx);
  if (counted.rows.length > 0) return null;
  const row = await tx
    .selectFrom('directory.throttle')
    .select('blocked_until')
    .where('key', '=', throttled.key)
    .executeTakeFirstOrThrow();
  return row.blocked_until;
}

/**
 * A failure in the future was counted before the clock was put back, or by a node whose clock is ahead. The wait that it
 * brought begins now: it stays as long as it was, and does not last until the clock has caught up.
 */
async function followClock(tx: Tx, key: string, now: Date): Promise<void> {
  await sql`
    update directory.throttle set
      blocked_until = ${now}::timestamptz + (blocked_until - last_failure_at),
      last_failure_at = ${now}
    where key = ${key} and last_failure_at > ${now}`.execute(tx);
}

/** The attempt was a good one: an account starts afresh, an address gets this one attempt back. */
export async function forgiveAttempts(tx: Tx, keys: { one: readonly string[]; all: readonly string[] }): Promise<void> {
  for (const key of keys.one)
    await tx
      .updateTable('directory.throttle')
      .set((eb) => ({ failures: eb(eb.ref('failures'), '-', 1), blocked_until: eb.ref('last_failure_at') }))
      .where('key', '=', key)
      .where('failures', '>', 0)
      .execute();
  if (keys.all.length > 0) await tx.deleteFrom('directory.throttle').where('key', 'in', keys.all).execute();
}

export async function deleteThrottlesBefore(tx: Tx, instant: Date): Promise<void> {
  await tx.deleteFrom('directory.throttle').where('last_failure_at', '<', instant).execute();
}
