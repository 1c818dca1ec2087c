import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn, movableClock } from '../../test/harness/keys.ts';
import { DAY_MS, later, type Role } from '../kernel/index.ts';
import { asSession, testServer } from '../platform/http/server-fixture.ts';
import type { Keys } from './keys.ts';
import { keysEndpoints } from './routes.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
let server: Awaited<ReturnType<typeof testServer>>;
const clock = movableClock();
const start = clock.now();
beforeAll(async () => {
  database = await testDatabase();
  place = keyFolder();
  keys = await keysOn(database.db, place.rootKeyFile, { clock });
  server = await testServer(keysEndpoints({ keys, db: database.db }));
});
afterAll(async () => {
  await server.close();
  await database.drop();
  place.remove();
});

const change = (module: string, activeDays: number, role: Role = 'sn_kmf.cryptographic_manager') =>
  server.inject({
    method: 'PATCH',
    url: `/api/key-management/modules/${module}/schedule`,
    headers: asSession(role),
    payload: { activeDays, reason: 'policy of the house' },
  });
const module = async (name: string) => {
  const url = `/api/key-management/modules/${name}`;
  return (await server.inject({ url, headers: asSession('sn_kmf.cryptographic_auditor') })).json();
};

test('a schedule is changed within the bounds of its module, by a manager; out of them nothing is changed', async () => {
  for (const days of [6, 366, 30.5]) expect((await change('sx.sign', days)).statusCode).toBe(422);
  expect((await change('sx.sign', 366)).json().errors[0].message).toContain('7 to 365 whole days');
  expect((await change('sx.sign', 30, 'sn_kmf.cryptographic_operator')).statusCode).toBe(403);
  expect((await change('sx.identity', 30)).json().type).toContain('keys/action-refused');
  expect((await change('sx.nothing', 30)).statusCode).toBe(404);
  expect(await module('sx.sign')).toMatchObject({ activeDays: 90, usualDays: 90, shortestDays: 7, longestDays: 365 });
});

test('a shorter period holds for the active key, its rotation and the keys after it; the audit log says who and why; and back', async () => {
  expect((await change('sx.invite', 10)).json()).toMatchObject({ name: 'sx.invite', activeDays: 10, usualDays: 30 });
  const due = later(start, 10 * DAY_MS).toISOString();
  expect((await module('sx.invite')).keys).toMatchObject([
    { version: 1, expiresAt: due, planned: { rotationAt: due } },
  ]);
  clock.move(8 * DAY_MS);
  await keys.advanceRotations();
  expect((await module('sx.invite')).keys).toMatchObject([
    { version: 1, state: 'deactivated' },
    { version: 2, state: 'active', expiresAt: later(start, 18 * DAY_MS).toISOString() },
  ]);
  const { rows } = await sql<{ subject: string; detail: unknown }>`
    select subject, detail from audit.entry where event = 'keys.schedule-changed'`.execute(database.db);
  expect(rows).toEqual([{ subject: 'sx.invite', detail: { from: 30, to: 10, reason: 'policy of the house' } }]);

  expect((await change('sx.invite', 30)).json()).toMatchObject({ activeDays: 30 });
  expect((await module('sx.invite')).keys[1].expiresAt).toBe(later(start, 38 * DAY_MS).toISOString());
  const { rows: stored } = await sql`select active_days from keys.instance`.execute(database.db);
  expect(stored).toEqual([{ active_days: null }]);
});

test('a schedule that was altered in the database is found out, and changes nothing that is already due', async () => {
  await change('sx.data', 100);
  await sql`update keys.instance set active_days = '{"sx.data": 100000}'`.execute(database.db);
  const { groups } = await keys.diagnostics();
  const metadata = groups.flatMap(({ components }) => components).find(({ name }) => name === 'metadata');
  expect(metadata).toMatchObject({ status: 'malfunction' });
  expect((await change('sx.data', 200)).json().detail).toContain('altered outside the program');
});
