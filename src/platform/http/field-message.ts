import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

const FILL_IN = 'Fill this in.';

/** More choices than this are not read by anybody. */
const MOST_CHOICES = 12;

const types: Readonly<Record<string, string>> = {
  string: 'Enter text here.',
  number: 'Enter a number.',
  int: 'Enter a whole number.',
  boolean: 'Answer with yes or no: true or false.',
  array: 'Give a list here.',
  object: 'Give an object with named members here.',
  record: 'Give an object with named members here.',
  date: 'Enter a date.',
};

const formats: Readonly<Record<string, string>> = {
  email: 'Enter an e-mail address such as name@example.com.',
  url: 'Enter an address such as https://example.com.',
  datetime: 'Enter a date with its time in UTC, such as 2026-01-05T09:00:00Z.',
  date: 'Enter a date such as 2026-01-05.',
  time: 'Enter a time such as 09:00:00.',
  ipv4: 'Enter an IPv4 address such as 192.0.2.1.',
  ipv6: 'Enter an IPv6 address such as 2001:db8::1.',
  json_string: 'Enter valid JSON.',
};

/**
 * What is wrong with one input and what to enter instead, as a sentence for people; the schema library's own words are for
 * programmers. A message that a schema brings along comes before these.
 */
export function fieldMessage(issue: Issue): string {
  if (isEmpty(issue.input)) return FILL_IN;
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? 'This is another kind of value than the one that belongs here. Correct it.';
    case 'invalid_value':
      return choice(issue.values.map(String));
    case 'too_small':
      return size(issue, issue.minimum, issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return size(issue, issue.maximum, issue.inclusive === false ? 'less than' : 'at most');
    case 'invalid_format':
      return formats[issue.format] ?? 'This is not written as it has to be here. Check it for mistyped characters.';
    case 'not_multiple_of':
      return `Enter a multiple of ${issue.divisor}.`;
    case 'unrecognized_keys':
      return 'There is no such field here. Leave it out.';
    default:
      return 'This value does not fit here. Correct it.';
  }
}

const isEmpty = (input: unknown): boolean => input === undefined || input === null || input === '';

function choice(values: readonly string[]): string {
  if (values.length === 1) return `Only ${values[0]} is possible here.`;
  if (values.length > MOST_CHOICES) return 'Choose one of the listed values.';
  return `Choose one of these: ${values.join(', ')}.`;
}

type Sized = Extract<Issue, { code: 'too_small' | 'too_big' }>;

function size({ origin, exact }: Sized, limit: number | bigint, bound: string): string {
  const amount = `${exact === true ? 'exactly' : bound} ${limit}`;
  switch (origin) {
    case 'string':
      return `Use ${amount} ${limit === 1 ? 'character' : 'characters'}.`;
    case 'array':
    case 'set':
    case 'map':
      return limit === 1 && bound === 'at least' ? 'Choose at least one.' : `Give ${amount} of them.`;
    case 'date':
      return 'This date is outside what is possible here. Enter another one.';
    default:
      return `Enter a number of ${amount}.`;
  }
}
