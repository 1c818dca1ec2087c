import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { openChanges } from './changes.ts';
import { openDatabase, transact } from './db/index.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase({ migrations: [] });
});
afterEach(() => database.drop());

/** Collects what is heard; `told` resolves when `last` has been. */
function ear(last: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const heard: string[] = [];
  const listener = (record: string) => {
    heard.push(record);
    if (record === last) resolve();
  };
  return { heard, listener, told: promise };
}

test('a change is heard after its transaction has committed, and not after a rollback', async () => {
  const changes = await openChanges(database.open);
  const { heard, listener, told } = ear('REG0001002');
  changes.subscribe(listener);
  const failing = transact(database.db, async (tx) => {
    await changes.publish(tx, 'REG0001001');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await transact(database.db, async (tx) => {
    await changes.publish(tx, 'REG0001002');
    expect(heard).toEqual([]);
  });
  await told;
  expect(heard).toEqual(['REG0001002']);
});

test('who has unsubscribed hears nothing more', async () => {
  const changes = await openChanges(database.open);
  const gone = ear('never');
  const there = ear('REG0001001');
  changes.subscribe(gone.listener)();
  changes.subscribe(there.listener);
  await transact(database.db, (tx) => changes.publish(tx, 'REG0001001'));
  await there.told;
  expect(gone.heard).toEqual([]);
});

test.runIf(process.env.LIAISE_TEST_ENGINE === 'postgres')(
  'every node hears it, also after its listening connection was cut',
  async () => {
    const other = await openDatabase({ url: database.url as string });
    const reconnected = Promise.withResolvers<void>();
    let connections = 0;
    const heardDirectly = ear('after');
    await other.listen('liaise_changes', heardDirectly.listener, () => {
      connections += 1;
      if (connections === 2) reconnected.resolve();
    });
    const here = await openChanges(database.open);
    const there = await openChanges(other);
    const { heard, listener, told } = ear('after');
    there.subscribe(listener);
    const before = ear('before');
    there.subscribe(before.listener);
    await transact(database.db, (tx) => here.publish(tx, 'before'));
    await before.told;
    await database.open.executeSql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query ilike 'listen %'`,
    );
    await reconnected.promise;
    await transact(database.db, (tx) => here.publish(tx, 'after'));
    await told;
    expect(heard).toEqual(['before', 'after']);
    await other.close();
  },
);
