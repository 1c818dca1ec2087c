import { z } from 'zod';
import type { Random } from './random.ts';

declare const brand: unique symbol;

/** A prefixed, branded id: readable in a log, checkable at the door, impossible to swap for another noun's. */
export type Id<Prefix extends string> = `${Prefix}_${string}` & { readonly [brand]: Prefix };

export type IdType<Prefix extends string> = {
  readonly prefix: Prefix;
  /** Accepts the wire form only: prefix, underscore, 32 lower-case hexadecimal digits. */
  readonly schema: z.ZodType<Id<Prefix>, Id<Prefix>>;
  create(random: Random): Id<Prefix>;
  is(text: unknown): text is Id<Prefix>;
};

/** 128 random bits: unguessable, so an id on the wire never tells how many records there are. */
const ID_BYTES = 16;

/** What a person reads who has chosen nothing, or whose program sends what is no id. */
const CHOOSE = 'Choose one.';
const NO_SUCH = 'There is no such record. Choose one from the list.';

export function idType<const Prefix extends string>(prefix: Prefix): IdType<Prefix> {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{${ID_BYTES * 2}}$`);
  const is = (text: unknown): text is Id<Prefix> => typeof text === 'string' && pattern.test(text);
  return {
    prefix,
    schema: z.custom<Id<Prefix>>(is, { error: ({ input }) => (input ? NO_SUCH : CHOOSE) }).meta({
      type: 'string',
      pattern: pattern.source,
    }) as z.ZodType<Id<Prefix>, Id<Prefix>>,
    create: (random) => `${prefix}_${random.bytes(ID_BYTES).toString('hex')}` as Id<Prefix>,
    is,
  };
}
