import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase, testEngine } from '../../../test/harness/database.ts';
import { afterCommit, databaseTrouble, isUniqueViolation, json, openDatabase, transact } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ migrations: [] });
  await database.open.executeSql(`
    create schema sample;
    create table sample.item (
      id text primary key, size bigint, made_at timestamptz, body jsonb, bytes bytea, tags text[], on_sale boolean,
      ratio double precision
    )`);
});
afterAll(() => database.drop());

const insert = (id: string) => sql`insert into sample.item (id) values (${id})`;
const count = async () => {
  const { rows } = await sql<{ n: number }>`select count(*) as n from sample.item`.execute(database.db);
  return rows[0]?.n;
};

describe('values come back as the same types on both engines', () => {
  test('a number, an instant, JSON, bytes, an array of text, a boolean', async () => {
    const madeAt = new Date('2026-01-05T09:00:00.123Z');
    const body = { list: ['a', { b: 1 }], none: null };
    const bytes = Buffer.from([0, 1, 255]);
    await sql`insert into sample.item values (
      'types', ${2 ** 40}, ${madeAt}, ${json(body)}, ${bytes}, ${['x', 'a "quoted" \\ one', '']}, ${true}, ${0.5})`.execute(
      database.db,
    );
    const { rows } = await sql`select * from sample.item where id = ${'types'}`.execute(database.db);
    expect(rows).toEqual([
      {
        id: 'types',
        size: 2 ** 40,
        made_at: madeAt,
        body,
        bytes,
        tags: ['x', 'a "quoted" \\ one', ''],
        on_sale: true,
        ratio: 0.5,
      },
    ]);
    expect(rows[0]).toSatisfy((row: { bytes: unknown }) => Buffer.isBuffer(row.bytes));
  });

  test.each([[['an', 'array']], ['text'], [null], [[]], [7]])('json(%j) stays what it was', async (value) => {
    const { rows } = await sql<{ value: unknown }>`select ${json(value)} as value`.execute(database.db);
    expect(rows).toEqual([{ value }]);
  });

  test('a duplicate key says which constraint it broke', async () => {
    await insert('twice').execute(database.db);
    const error: unknown = await insert('twice')
      .execute(database.db)
      .catch((caught: unknown) => caught);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'item_pkey')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
    expect(isUniqueViolation(await sql`select 1/0`.execute(database.db).catch((caught: unknown) => caught))).toBe(
      false,
    );
  });
});

describe('transactions', () => {
  test('twenty at once, half of them rolling back, leave exactly the other half', async () => {
    const before = (await count()) ?? 0;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        transact(database.db, async (tx) => {
          await insert(`many-${index}`).execute(tx);
          if (index % 2 === 1) throw new Error('changed my mind');
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await count()).toBe(before + 10);
  });

  test('hooks run after a commit and never after a rollback', async () => {
    const called: string[] = [];
    await transact(database.db, async (tx) => {
      afterCommit(tx, () => called.push('committed'));
      expect(called).toEqual([]);
    });
    const failing = transact(database.db, async (tx) => {
      afterCommit(tx, () => called.push('rolled back'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(called).toEqual(['committed']);
  });

  test('a swallowed failure inside is an error at the end, not a silent rollback', async () => {
    const before = await count();
    const lost = transact(database.db, async (tx) => {
      await insert('lost').execute(tx);
      await sql`select 1/0`.execute(tx).catch(() => undefined);
    });
    await expect(lost).rejects.toThrow();
    expect(await count()).toBe(before);
  });

  test('a failed raw block leaves no transaction open behind it', async () => {
    await expect(database.open.executeSql('begin; select 1/0; commit')).rejects.toThrow(/division by zero/);
    await insert('afterwards').execute(database.db);
    const { rows } = await database.open.executeSql('select id from sample.item where id = $1', ['afterwards']);
    expect(rows).toEqual([{ id: 'afterwards' }]);
  });
});

describe('trouble with the database itself is told apart from every other error', () => {
  const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

  test('a refused row and a bug are no trouble of the database', async () => {
    await insert('trouble').execute(database.db);
    expect(databaseTrouble(await caught(insert('trouble').execute(database.db)))).toBeUndefined();
    expect(databaseTrouble(new Error('a bug'))).toBeUndefined();
    expect(databaseTrouble('no error at all')).toBeUndefined();
  });

  test.runIf(testEngine === 'postgres')('a connection that the server ended is', async () => {
    const ended = await caught(sql`select pg_terminate_backend(pg_backend_pid())`.execute(database.db));
    expect(databaseTrouble(ended)).toBe('away');
    // The pool learns of it a moment later, and opens another.
    await expect.poll(() => count().catch(() => 0)).toBeGreaterThan(0);
  });

  test.runIf(testEngine === 'postgres')('so is a server that takes no connection any more', async () => {
    const { url = '', drop } = await testDatabase({ migrations: [] });
    const open = await openDatabase({ url });
    const name = new URL(url).pathname.slice(1);
    await sql`select 1`.execute(open.db);
    await database.open.executeSql(`alter database "${name}" allow_connections false`);
    await caught(sql`select pg_terminate_backend(pg_backend_pid())`.execute(open.db));
    expect(databaseTrouble(await caught(sql`select 1`.execute(open.db)))).toBe('away');
    await open.close();
    await drop();
  });
});
