import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { PgliteResult } from './pglite-messages.ts';
import type { PgliteThread } from './pglite-thread.ts';
import { insideTransaction } from './transact.ts';
import { parameterText, parseValue } from './value-types.ts';

/** The only connection: whoever acquires it has it alone until release. */
export type SoleConnection = {
  acquire(): Promise<DatabaseConnection>;
  release(): void;
};

export function soleConnection(thread: PgliteThread): SoleConnection {
  let last: Promise<void> = Promise.resolve();
  let release: () => void = () => undefined;
  const connection: DatabaseConnection = {
    executeQuery: <Row>(query: CompiledQuery) => execute<Row>(thread, query),
    streamQuery: () => {
      throw new Error('the embedded database does not stream; page with a cursor');
    },
  };
  return {
    async acquire() {
      if (insideTransaction())
        throw new Error('inside a transaction use its tx: the embedded database has one connection');
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      release = resolve;
      return connection;
    },
    release: () => release(),
  };
}

async function execute<Row>(thread: PgliteThread, query: CompiledQuery): Promise<QueryResult<Row>> {
  const results = await thread.query(query.sql, query.parameters.map(parameterText));
  const result = results.at(-1);
  if (result === undefined) return { rows: [] };
  // What Kysely's own PostgreSQL driver hands on, so that a commit that rolled back is noticed.
  if (result.command === 'COMMIT' || result.command === 'ROLLBACK')
    return { rows: [{ command: result.command }] as Row[] };
  return { rows: rowsOf(result) as Row[], numAffectedRows: BigInt(result.affectedRows) };
}

/** Rows as objects, cells parsed as node-postgres parses them. */
export function rowsOf({ fields, rows }: PgliteResult): unknown[] {
  return rows.map((row) =>
    Object.fromEntries(fields.map(({ name, oid }, index) => [name, parseValue(oid, row[index] ?? null)])),
  );
}

export function embeddedDialect(sole: SoleConnection): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => embeddedDriver(sole),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function embeddedDriver(sole: SoleConnection): Driver {
  const run = (connection: DatabaseConnection, text: string) => connection.executeQuery(CompiledQuery.raw(text));
  return {
    init: async () => undefined,
    acquireConnection: () => sole.acquire(),
    releaseConnection: async () => sole.release(),
    async beginTransaction(connection) {
      await run(connection, 'begin');
    },
    async commitTransaction(connection) {
      const { rows } = await run(connection, 'commit');
      if ((rows[0] as { command?: string } | undefined)?.command === 'ROLLBACK')
        throw new Error('the transaction was rolled back: a statement in it had failed and its error was swallowed');
    },
    async rollbackTransaction(connection) {
      await run(connection, 'rollback');
    },
    destroy: async () => undefined,
  };
}
