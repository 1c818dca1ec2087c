import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidInput, type Route } from '../../src/kernel/index.ts';
import { callReader } from '../../src/platform/http/call-input.ts';

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'summary' in value;

const contracts = await Promise.all(
  globSync('src/**/contract.ts').map((path) => import(resolve(path)) as Promise<Record<string, unknown>>),
);
const routes = contracts.flatMap((contract) => Object.values(contract).filter(isRoute));

/** Wrong in every way that a form or a program can be wrong, for one member. */
const WRONG: readonly unknown[] = [undefined, null, '', ' ', 'x', 'x'.repeat(40_000), -1, 1.5, true, [], ['x'], {}];

function refusals({ params, query, input, ...rest }: Route): { field: string; message: string }[] {
  const said: { field: string; message: string }[] = [];
  // Each part by itself: the first one that does not fit ends the reading.
  for (const part of [{ params }, { query }, { input }]) {
    const [schema] = Object.values(part);
    if (schema === undefined) continue;
    const read = callReader({ ...rest, ...part } as Route);
    const members = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    for (const wrong of WRONG) {
      const filled = Object.fromEntries(members.map((member) => [member, wrong]));
      try {
        read({ params: filled, query: filled, body: { ...filled, misspelt: wrong } } as unknown as FastifyRequest);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        said.push(...error.fields);
      }
    }
  }
  return said;
}

test('every route refuses wrong input in sentences for people, not in the words of the schema library', () => {
  const said = routes.flatMap((route) =>
    refusals(route).map(({ field, message }) => `${route.method} ${route.path} ${field}: ${message}`),
  );
  expect(said.length).toBeGreaterThan(1_000);
  const bad = said.filter((line) => !/: [A-Z][^\n]*\.$/.test(line) || /expected|received|Invalid|must /.test(line));
  expect([...new Set(bad)]).toEqual([]);
});
