import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Test files declare problems of their own, which nobody meets. */
const sources = globSync('src/**/*.ts')
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(path, 'utf8'));

const matches = (texts: readonly string[], pattern: RegExp): string[] =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));

const slugs = matches(sources, /readonly slug(?:: string)? = '([^']+)'/g);
const headings = matches([readFileSync('docs/problems.md', 'utf8')], /^## (.+)$/gm);

test('the sources are found at all', () => {
  expect(slugs).toContain('kernel/not-found');
});

test('every problem has its section in docs/problems.md, and no section is left over', () => {
  expect(headings.toSorted()).toEqual(slugs.toSorted());
});

test('the sections are in order', () => {
  expect(headings).toEqual(headings.toSorted());
});

test('every problem that a contract promises exists', () => {
  const lists = matches(sources, /problems: \[([^\]]*)\]/g);
  const promised = matches(lists, /'([^']+)'/g);
  expect(promised.filter((slug) => !slugs.includes(slug))).toEqual([]);
});
