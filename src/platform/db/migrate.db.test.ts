import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../test/harness/database.ts';
import { migrations } from '../../migrations.ts';
import { type Migration, migrate, openDatabase, pendingMigrations } from './index.ts';

const clock = { now: () => new Date('2026-01-05T09:00:00Z') };
const first: Migration = { room: 'shop', name: '0001-shelf', sql: 'create table shop.shelf (id text primary key);' };
const second: Migration = {
  room: 'shop',
  name: '0002-label',
  sql: `alter table shop.shelf add column label text; insert into shop.shelf values ('a', 'it''s; here');`,
};

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase({ migrations: [] });
});
afterEach(() => database.drop());

const labels = async () => (await database.open.executeSql('select id, label from shop.shelf')).rows;

test('migrations run once, in order, each in the schema of its room, and later ones are added', async () => {
  expect(await pendingMigrations(database.open, [first])).toEqual(['shop/0001-shelf']);
  await migrate(database.open, [first], clock);
  await migrate(database.open, [first, second], clock);
  await migrate(database.open, [first, second], clock);
  expect(await labels()).toEqual([{ id: 'a', label: "it's; here" }]);
  expect(await pendingMigrations(database.open, [first, second])).toEqual([]);
});

test('a migration that fails takes back everything that ran with it', async () => {
  const broken: Migration = { ...second, sql: `${second.sql} select nonsense;` };
  await expect(migrate(database.open, [first, broken], clock)).rejects.toThrow(/nonsense/);
  expect(await pendingMigrations(database.open, [first])).toEqual(['shop/0001-shelf']);
});

test('a database that ran a newer migration is refused and left alone', async () => {
  await migrate(database.open, [first, second], clock);
  await expect(migrate(database.open, [first], clock)).rejects.toThrow(
    /shop\/0002-label, which this program does not know/,
  );
});

test('a migration edited after it ran is refused', async () => {
  await migrate(database.open, [first], clock);
  const edited = { ...first, sql: `${first.sql} -- a comment` };
  await expect(migrate(database.open, [edited], clock)).rejects.toThrow(/another text/);
});

test('nodes that start at once migrate once', async () => {
  const { url } = database;
  const others = url === undefined ? [] : await Promise.all([openDatabase({ url }), openDatabase({ url })]);
  await Promise.all([database.open, database.open, ...others].map((node) => migrate(node, [first, second], clock)));
  expect(await labels()).toHaveLength(1);
  await Promise.all(others.map((node) => node.close()));
});

test("every room's migrations run from nothing", async () => {
  await migrate(database.open, migrations, clock);
  expect(await pendingMigrations(database.open, migrations)).toEqual([]);
});
