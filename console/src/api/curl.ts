import { z } from 'zod';
import type { Route } from '../../../src/kernel/route.ts';

export type CallShown = {
  readonly route: Route;
  readonly params?: unknown;
  readonly query?: unknown;
  readonly input?: unknown;
};

/** Members that hold what nobody else may read: never shown as they are, so that a line can be handed on. */
const SECRET = /password|passphrase|secret|token|code/i;

/**
 * One call of the API as a line for a shell, made from its contract. What is not known yet stands as `<name>`. The token
 * stays in the shell's own variable.
 */
export function curlLine(origin: string, { route, params, query, input }: CallShown): string {
  const words = ['curl', '-sS'];
  if (route.method !== 'GET') words.push('-X', route.method);
  words.push(quoted(origin + addressShown(route.path, params, query)));
  if (route.permission.kind !== 'public') words.push('-H', '"Authorization: Bearer $LIAISE_TOKEN"');
  if (route.input !== undefined) {
    const body = input === undefined ? exampleOf(route.input) : withoutSecrets(input);
    words.push('-H', quoted('Content-Type: application/json'), '-d', quoted(JSON.stringify(body)));
  }
  return words.join(' ');
}

/** Within single quotes a shell reads everything as it stands, but a single quote. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function addressShown(path: string, params: unknown, query: unknown): string {
  const known = (params ?? {}) as Record<string, string>;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    known[name] === undefined ? `<${name}>` : encodeURIComponent(known[name]),
  );
  const asked = Object.entries((query ?? {}) as Record<string, unknown>).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return asked.length === 0
    ? filled
    : `${filled}?${new URLSearchParams(Object.fromEntries(asked.map(([name, value]) => [name, String(value)])))}`;
}

function withoutSecrets(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, SECRET.test(name) ? `<${name}>` : withoutSecrets(value)]),
  );
}

/** What must be sent, and where nothing must, everything that can be. */
function exampleOf(schema: z.ZodType, name = 'value'): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return exampleOf(schema.unwrap() as z.ZodType, name);
  if (schema instanceof z.ZodPipe) return exampleOf(schema.in as z.ZodType, name);
  if (schema instanceof z.ZodObject) {
    const members = Object.entries(schema.shape as Record<string, z.ZodType>);
    const required = members.filter(
      ([, member]) => !(member instanceof z.ZodOptional || member instanceof z.ZodDefault),
    );
    const shown = required.length > 0 ? required : members;
    return Object.fromEntries(shown.map(([key, member]) => [key, exampleOf(member, key)]));
  }
  if (schema instanceof z.ZodUnion) return exampleOf(schema.options[0] as z.ZodType, name);
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodLiteral) return [...schema.values][0];
  if (schema instanceof z.ZodBoolean) return false;
  if (schema instanceof z.ZodNumber) return Math.max(1, schema.minValue ?? 1);
  if (schema instanceof z.ZodArray) return [];
  return `<${name}>`;
}
