import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldMessage } from './field-message.ts';

const said = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: fieldMessage }).error?.issues[0]?.message;

describe('a field is refused in a sentence that says what to enter', () => {
  test.each<[string, z.ZodType, unknown, string]>([
    ['nothing at all', z.string(), undefined, 'Fill this in.'],
    ['an empty text', z.string().min(1), '', 'Fill this in.'],
    ['nothing chosen', z.enum(['a', 'b']), null, 'Fill this in.'],
    ['too short', z.string().min(3), 'ab', 'Use at least 3 characters.'],
    ['too long', z.string().max(3), 'abcd', 'Use at most 3 characters.'],
    ['one character too many', z.string().max(1), 'ab', 'Use at most 1 character.'],
    ['not as long as it is', z.string().length(3), 'ab', 'Use exactly 3 characters.'],
    ['text for a number', z.number(), 'x', 'Enter a number.'],
    ['text for a number in an address', z.coerce.number(), 'x', 'Enter a number.'],
    ['a fraction', z.int(), 1.5, 'Enter a whole number.'],
    ['a number for text', z.string(), 1, 'Enter text here.'],
    ['a word for yes or no', z.boolean(), 'maybe', 'Answer with yes or no: true or false.'],
    ['a number below', z.number().min(5), 4, 'Enter a number of at least 5.'],
    ['a number above', z.number().max(5), 6, 'Enter a number of at most 5.'],
    ['a number at the bound', z.number().gt(5), 5, 'Enter a number of more than 5.'],
    ['no multiple', z.number().multipleOf(5), 6, 'Enter a multiple of 5.'],
    ['no choice', z.enum(['a', 'b']), 'c', 'Choose one of these: a, b.'],
    ['the only choice', z.literal('a'), 'c', 'Only a is possible here.'],
    ['an empty list', z.array(z.string()).min(1), [], 'Choose at least one.'],
    ['a long list', z.array(z.string()).max(2), ['a', 'b', 'c'], 'Give at most 2 of them.'],
    ['no list', z.array(z.string()), 'a', 'Give a list here.'],
    ['no object', z.object({}), 'a', 'Give an object with named members here.'],
    ['an address', z.url(), 'x', 'Enter an address such as https://example.com.'],
    ['an instant', z.iso.datetime(), 'x', 'Enter a date with its time in UTC, such as 2026-01-05T09:00:00Z.'],
    ['a pattern', z.string().regex(/^a$/), 'b', expect.stringContaining('mistyped')],
    ['a rule without words', z.string().refine(() => false), 'b', expect.stringContaining('does not fit')],
  ])('%s', (_name, schema, value, message) => expect(said(schema, value)).toEqual(message));

  test('the words of the schema itself come first', () => {
    expect(said(z.string().min(1, 'Write something first.'), '')).toBe('Write something first.');
  });
});
