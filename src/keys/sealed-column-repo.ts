import { type Selectable, sql } from 'kysely';
import type { Database, Db, Tx } from '../platform/db/index.ts';
import type { SealContext } from './keys.ts';
import type { ModuleFor } from './module.ts';

/**
 * A column of another room that holds values sealed by a module. The keys room counts them before it destroys a key, and
 * seals them anew when a key is replaced; it knows nothing else about the table.
 */
export type SealedColumn = {
  readonly name: string;
  /** How many values begin with `prefix`. */
  count(db: Db, prefix: string): Promise<number>;
  /** Some of them, each with the place it belongs to. */
  some(db: Db, prefix: string, limit: number): Promise<readonly { sealed: string; context: SealContext }[]>;
  /** False when the value has been replaced or removed meanwhile. A sealed value is unique, so it names itself. */
  replace(tx: Tx, from: string, to: string): Promise<boolean>;
};

/** Every column with sealed values, by the module that seals them: a module is only safe to end when all are named. */
export type SealedColumns = Readonly<Record<ModuleFor<'encrypt'>, readonly SealedColumn[]>>;

export function sealedColumn<Table extends keyof Database & string>(
  table: Table,
  column: keyof Database[Table] & string,
  contextOf: (row: Selectable<Database[Table]>) => SealContext,
): SealedColumn {
  const [from, value] = [sql.table(table), sql.ref<string>(column)];
  const starting = (prefix: string) => sql`${value} like ${`${prefix}%`}`;
  return {
    name: `${table}.${column}`,
    async count(db, prefix) {
      const { rows } = await sql<{ values: number }>`
        select count(*)::integer as values from ${from} where ${starting(prefix)}`.execute(db);
      return rows[0]?.values ?? 0;
    },
    async some(db, prefix, limit) {
      const { rows } = await sql<Selectable<Database[Table]>>`
        select * from ${from} where ${starting(prefix)} limit ${limit}`.execute(db);
      return rows.map((row) => ({ sealed: String(row[column as never]), context: contextOf(row) }));
    },
    async replace(tx, old, sealed) {
      const { numAffectedRows } = await sql`update ${from} set ${value} = ${sealed} where ${value} = ${old}`.execute(
        tx,
      );
      return numAffectedRows === 1n;
    },
  };
}
