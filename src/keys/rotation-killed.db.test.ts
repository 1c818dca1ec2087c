import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { type Child, startChild } from '../../test/harness/child-process.ts';
import { testDatabase, testEngine } from '../../test/harness/database.ts';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import { later, MINUTE_MS, systemClock } from '../kernel/index.ts';
import { openDatabase } from '../platform/db/index.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Where a process of its own finds the database: PostgreSQL by its address, the embedded engine by its folder. */
async function placeFor(folder: string): Promise<string> {
  if (testEngine === 'pglite') return join(folder, 'data');
  const database = await testDatabase();
  ends.push(() => database.drop());
  return database.url ?? '';
}

test('kill -9 after publishing, while values are sealed anew, and after promoting: each time the rotation goes on, nothing is lost', {
  timeout: 120_000,
}, async () => {
  const { folder, rootKeyFile, remove } = keyFolder();
  ends.push(remove);
  const place = await placeFor(folder);
  const killedAt = async (minutesAhead: number, line: string): Promise<void> => {
    const child: Child = startChild('rotate-keys', place, rootKeyFile, String(minutesAhead));
    ends.push(() => child.kill());
    await child.until((lines) => lines.includes(line));
    await child.kill();
  };
  await killedAt(0, 'begun sx.sign');
  await killedAt(0, 'begun sx.session');
  await killedAt(0, 'resealing 700');
  await killedAt(6, 'advancing');
  await killedAt(6, 'advanced');
  await killedAt(12, 'advanced');

  const open = await openDatabase(testEngine === 'pglite' ? { dataDir: place } : { url: place });
  ends.push(() => open.close());
  const keys = await keysOn(open.db, rootKeyFile, {
    clock: { now: () => later(systemClock.now(), 12 * MINUTE_MS) },
  });
  const statesOf = async (module: string) =>
    (
      await sql<{ state: string }>`
        select state from keys.key_version where module = ${module} order by version`.execute(open.db)
    ).rows.map(({ state }) => state);
  expect(await statesOf('sx.sign')).toEqual(['deactivated', 'active']);
  expect(await statesOf('sx.session')).toEqual(['destroyed', 'active']);
  expect((await keys.manage.rotations('sx.session')).map(({ phase }) => phase)).toEqual(['retired']);
  expect((await keys.gate()).failing).toEqual([]);
  const { rows } = await sql<{ place: string; sealed: string }>`select * from keys.sample`.execute(open.db);
  const sealer = keys.as('service:link').sealer('sx.session');
  expect(rows).toHaveLength(900);
  for (const value of rows)
    expect(Buffer.from(await sealer.open({ place: value.place }, value.sealed)).toString()).toBe(
      `plain ${value.place}`,
    );
});
