import { z } from 'zod';

/** A cursor holds the values it stands behind, such as an address and a number. */
const LONGEST_CURSOR = 4_000;

/** Cursor paging, the same on every list: pass `next` back as `after`, with the same `sort`, until it is null. */
export const pageQuery = z.object({
  after: z.string().max(LONGEST_CURSOR).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  search: z.string().max(200).optional(),
});
export type PageQuery = z.output<typeof pageQuery>;

/** A name of the list's vocabulary; with `-` before it, the other way round. */
export type Sort<Name extends string = string> = Name | `-${Name}`;

/** The orders in which a list can be asked for, and the one it has when nobody asks. */
export const sortBy = <const Names extends readonly string[]>(names: Names, first: Sort<Names[number]>) => {
  const orders = names.flatMap((name: Names[number]): Sort<Names[number]>[] => [name, `-${name}`]);
  return z.enum(orders).default(first as never);
};

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int().nonnegative() });

export type Page<Item> = { items: Item[]; next: string | null; total: number };
