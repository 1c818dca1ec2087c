import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/harness/database.ts';
import { shiftedClock } from '../../../test/harness/federation.ts';
import { keyFolder, keysOn } from '../../../test/harness/keys.ts';
import { testParty } from '../../../test/harness/sx-party.ts';
import { DAY_MS, later } from '../../kernel/index.ts';
import type { Keys } from '../../keys/index.ts';
import { transact } from '../../platform/db/index.ts';
import { clockWitnesses } from './clock-witnesses.ts';
import { rememberPeer } from './peer-repo.ts';

const clock = shiftedClock();
let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
beforeAll(async () => {
  database = await testDatabase();
  place = keyFolder();
  const witnesses = () => clockWitnesses({ db: database.db, clock });
  keys = await keysOn(database.db, place.rootKeyFile, { clock, clockWitnesses: witnesses });
});
afterAll(async () => {
  await database.drop();
  place.remove();
});

const clockComponent = async () =>
  (await keys.diagnostics()).groups.flatMap(({ components }) => components).find(({ name }) => name === 'clock');

async function seePeer(name: string, skewMs: number, at = clock.now()): Promise<void> {
  const { id, discovery, manifest, manifestJws, root } = await testParty(name, new Date('2026-01-01'));
  const identity = { id, genesis: discovery.genesis, log: [], manifest, manifestJws, rootThumbprint: root.kid };
  await transact(database.db, (tx) => rememberPeer(tx, { identity: identity as never, skewMs, observedAt: at }));
}

test('a clock that is off shows against the clock of the database, and is well again when it is set', async () => {
  expect(await clockComponent()).toMatchObject({ status: 'operational' });
  clock.move(40_000);
  expect(await clockComponent()).toMatchObject({
    status: 'degraded',
    cause: expect.stringMatching(/^This clock is (39|40) s ahead of the database; peers refuse/),
    remedy: expect.stringContaining('NTP'),
  });
  clock.move(-140_000);
  expect(await clockComponent()).toMatchObject({
    status: 'malfunction',
    cause: expect.stringMatching(/100 s behind the database/),
  });
  clock.move(100_000);
  expect(await clockComponent()).toMatchObject({ status: 'operational' });
});

test('of the peers seen within a day the middle one speaks: one wrong clock among three accuses nobody, three accuse ours', async () => {
  await seePeer('yesterday', 900_000, later(clock.now(), -2 * DAY_MS));
  await seePeer('wrong', 900_000);
  await seePeer('right', 100);
  await seePeer('also-right', -200);
  expect(await clockComponent()).toMatchObject({ status: 'operational' });
  await seePeer('right', 80_000);
  await seePeer('also-right', 81_000);
  expect(await clockComponent()).toMatchObject({
    status: 'malfunction',
    cause: expect.stringContaining('81 s behind 3 peers seen today'),
  });
  await seePeer('right', 0);
  await seePeer('also-right', 0);
  expect(await clockComponent()).toMatchObject({ status: 'operational' });
});
