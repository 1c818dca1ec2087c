import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { InvalidInput, type Page, type Sort } from '../../kernel/index.ts';
import type { Database } from './database.ts';
import { isUnreadableValue } from './database-errors.ts';

/** One thing to sort by, never null. `type` is PostgreSQL's name of it: a cursor travels as text and is cast back. */
export type SortKey = {
  readonly by: RawBuilder<unknown>;
  readonly type: 'text' | 'timestamptz' | 'interval' | 'bigint';
};

/** What each word of a list's vocabulary means. The keys of one word tell any two rows apart, and an index fits them. */
export type Orders<Name extends string> = Readonly<Record<Name, readonly [SortKey, ...SortKey[]]>>;

export const textKey = (column: string): SortKey => ({ by: sql.ref(column), type: 'text' });
export const instantKey = (column: string): SortKey => ({ by: sql.ref(column), type: 'timestamptz' });

type Asked<Name extends string> = {
  readonly sort: Sort<Name>;
  readonly after?: string | undefined;
  readonly limit: number;
};

/**
 * One page of what `matching` selects, in the order asked for. The cursor holds the sorted values of the last row, not
 * its place: a row that is added, changed or gone meanwhile makes no other row appear twice or not at all.
 */
export async function sortedPage<Name extends string, Row>(
  matching: SelectQueryBuilder<Database, never, Row>,
  orders: Orders<Name>,
  { sort, after, limit }: Asked<Name>,
): Promise<Page<Row>> {
  const descending = sort.startsWith('-');
  const keys = orders[(descending ? sort.slice(1) : sort) as Name];
  const { total } = await matching
    .clearSelect()
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();

  const cursor = sql<string>`jsonb_build_array(${sql.join(keys.map(({ by }) => sql`${by}::text`))})::text`;
  let page = matching.select(cursor.as('cursor'));
  if (after !== undefined) {
    const values = readCursor(after, sort, keys.length);
    const last = sql.join(keys.map(({ type }, place) => sql`${values[place]}::${sql.raw(type)}`));
    const sign = sql.raw(descending ? '<' : '>');
    page = page.where(sql<boolean>`(${sql.join(keys.map(({ by }) => by))}) ${sign} (${last})`);
  }
  for (const { by } of keys) page = page.orderBy(by, descending ? 'desc' : 'asc');
  const found = (await page
    .limit(limit + 1)
    .execute()
    .catch((error: unknown) => {
      // Values that are none of their type were not in a cursor of ours.
      throw after !== undefined && isUnreadableValue(error) ? foreignCursor() : error;
    })) as (Row & { cursor: string })[];
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next: last === undefined ? null : writeCursor(sort, last.cursor), total: Number(total) };
}

const writeCursor = (sort: string, values: string): string => Buffer.from(`${sort} ${values}`).toString('base64url');

const foreignCursor = (): InvalidInput =>
  InvalidInput.field('after', 'This is not a cursor that this list gave out in this order.');

function readCursor(text: string, sort: string, length: number): string[] {
  const written = Buffer.from(text, 'base64url').toString();
  const space = written.indexOf(' ');
  const values = written.slice(0, space) === sort ? valuesIn(written.slice(space + 1)) : null;
  if (values?.length === length) return values;
  throw foreignCursor();
}

function valuesIn(json: string): string[] | null {
  try {
    const values: unknown = JSON.parse(json);
    return Array.isArray(values) && values.every((value) => typeof value === 'string' && !value.includes('\0'))
      ? values
      : null;
  } catch {
    return null;
  }
}
