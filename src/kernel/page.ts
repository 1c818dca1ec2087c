import { z } from 'zod';

/** Cursor paging, the same on every list: pass `next` back as `after` until it is null. */
export const pageQuery = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  search: z.string().max(200).optional(),
});
export type PageQuery = z.output<typeof pageQuery>;

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable(), total: z.number().int().nonnegative() });

export type Page<Item> = { items: Item[]; next: string | null; total: number };
