import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statements } from '../protocol/index.ts';
import { algorithmFor, moduleNames, modules, specOf } from './module.ts';

test('sx.sign signs every kind of statement there is, and no manifest', () => {
  const types: readonly string[] = modules['sx.sign'].types;
  for (const { typ } of Object.values(statements)) expect(types).toContain(typ);
  expect(types).not.toContain('sx-manifest+jwt');
});

test('docs/keys.md lists the modules as they are', () => {
  const names = { Ed25519: 'Ed25519', A256GCM: 'AES-256-GCM', 'HMAC-SHA-256': 'HMAC-SHA-256' };
  const rows = [
    ...readFileSync('docs/keys.md', 'utf8').matchAll(
      /^\| `(sx\.[^`]+)` \| .* \| (.+) \| (\d+) (\w+?)s? \| (\d+) (\w+?)s? \| (.+) \|$/gm,
    ),
  ];
  const days = { day: 1, year: 365 };
  expect(
    rows.map(([, name, algorithm, count, unit, limit, limitUnit, needed]) => ({
      name,
      algorithm,
      activeDays: Number(count) * days[unit as keyof typeof days],
      longestDays: Number(limit) * days[limitUnit as keyof typeof days],
      needed: needed === 'yes',
    })),
  ).toEqual(
    moduleNames.map((name) => ({
      name,
      algorithm: names[algorithmFor(name)],
      activeDays: specOf(name).activeDays,
      longestDays: specOf(name).longestDays,
      needed: specOf(name).onboarding,
    })),
  );
});
