import { z } from 'zod';
import { type Route, route } from './route.ts';

/** Whoever opens a spreadsheet has its program calculate a cell that begins like a formula; a quote in front keeps it text. */
const inert = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** One line of a CSV file (RFC 4180), every cell quoted. Numbers are given as numbers: a minus sign is no formula there. */
export const csvLine = (cells: readonly (string | number)[]): string =>
  `${cells.map((cell) => `"${(typeof cell === 'number' ? String(cell) : inert(cell)).replaceAll('"', '""')}"`).join(',')}\r\n`;

/** `/api/registrations` as a spreadsheet is `/api/registrations.csv`. */
export const csvPathOf = (list: Route): Route['path'] => `${list.path}.csv`;

/** A list of records of their own, with or without pages; not the parts of one record. */
export const isList = (candidate: Route): boolean =>
  candidate.method === 'GET' && candidate.params === undefined && itemOf(candidate) !== null;

function itemOf(list: Route): z.ZodObject | null {
  const items = list.output instanceof z.ZodObject ? list.output.shape.items : undefined;
  return items instanceof z.ZodArray && items.element instanceof z.ZodObject ? items.element : null;
}

/** Exports read every row: enough for a person, too few to keep an instance busy. */
const EXPORTS_PER_MINUTE = 20;

/** The contract of a list as a spreadsheet: for whoever may read the list, searched, filtered and sorted as it is. */
export function csvRouteOf(list: Route): Route {
  return route({
    method: 'GET',
    path: csvPathOf(list),
    permission: list.permission,
    summary: `As a spreadsheet (CSV), without pages: ${list.summary}`,
    ...(list.query instanceof z.ZodObject && { query: list.query.omit(pagingOf(list.query)) }),
    output: z.string(),
    perMinute: EXPORTS_PER_MINUTE,
    ...(list.whileSealed !== undefined && { whileSealed: list.whileSealed }),
  }) as unknown as Route;
}

const pagingOf = (query: z.ZodObject): Record<string, true> =>
  Object.fromEntries(['after', 'limit'].filter((name) => name in query.shape).map((name) => [name, true]));

export type CsvColumn = { readonly title: string; readonly cell: (item: unknown) => string | number };

/** One column for each member of a row, `company.name` for the name of its company, in the order of the contract. */
export function csvColumnsOf(list: Route): CsvColumn[] {
  const item = itemOf(list);
  return item === null ? [] : columnsIn(item, []);
}

const columnsIn = (schema: z.ZodObject, path: readonly string[]): CsvColumn[] =>
  Object.entries(schema.shape).flatMap(([name, member]) => {
    const here = [...path, name];
    const inner = bare(member as z.ZodType);
    return inner instanceof z.ZodObject
      ? columnsIn(inner, here)
      : [{ title: here.join('.'), cell: (row: unknown) => cellOf(here.reduce(step, row)) }];
  });

const bare = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodNullable || schema instanceof z.ZodOptional ? bare(schema.unwrap() as z.ZodType) : schema;

const step = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null | undefined)?.[name];

function cellOf(value: unknown): string | number {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(', ');
  return JSON.stringify(value);
}
