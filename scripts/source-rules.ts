import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that source text may hold in some files only. What a linter's syntax rules and an import graph cannot see. */
type SourceRule = {
  readonly name: string;
  readonly pattern: RegExp;
  /** Files that may. */
  readonly allowed: RegExp;
};

const TEST = /(\.test|-fixture)\.tsx?$/;
const ENTRIES = /^src\/(kernel\/|(main|demo)\.ts$|(main|demo|cli)\/)/;

const rules: readonly SourceRule[] = [
  {
    name: 'clock-and-random-are-arguments',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/,
    allowed: ENTRIES,
  },
  // SQL's clock cannot be moved by a test. A method of that name, or its declaration, is ours.
  { name: 'no-clock-in-sql', pattern: /(?<![.\w])now\(\)(?!\s*[:{])|\bcurrent_timestamp\b/i, allowed: ENTRIES },
  {
    name: 'environment-in-config-only',
    pattern: /\bprocess\.env\b/,
    allowed: /^src\/(platform\/config\/|(main|demo)\.ts$)/,
  },
  {
    name: 'sql-in-repositories-only',
    pattern: /\.(selectFrom|insertInto|updateTable|deleteFrom)\(|\bsql(<[^>]*>)?`/,
    allowed: /-repo\.ts$|\/tables\.ts$|\/migrations\/|^src\/platform\/(db|jobs)\//,
  },
  { name: 'no-open-ends', pattern: /\b(TODO|FIXME|XXX)\b/, allowed: /^$/ },
];

/** Longer than any file here has a reason to be; past it a noun or a verb is missing. */
const MOST_LINES = 400;

/** Blanks out comments, keeping the lines: a rule may be named in prose. Good enough for our own formatted sources. */
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '));

/** `rule: file:line`, sorted. */
export function checkSources(root: string): string[] {
  const files = globSync('src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  const found: string[] = [];
  for (const [file, text] of texts) {
    if (text.split('\n').length > MOST_LINES) found.push(`file-too-long: ${file}`);
    if (TEST.test(file)) continue;
    const lines = withoutComments(text).split('\n');
    for (const rule of rules) {
      if (rule.allowed.test(file)) continue;
      for (const [index, line] of lines.entries()) {
        if (rule.pattern.test(line)) found.push(`${rule.name}: ${file}:${index + 1}`);
      }
    }
  }
  return [...found, ...foreignTables(texts)].toSorted();
}

/** Names of tables outside the room that owns them: no import betrays such a thread between two rooms. */
function foreignTables(texts: ReadonlyMap<string, string>): string[] {
  const owners = new Map<string, string>();
  for (const [file, text] of texts) {
    if (!file.endsWith('/tables.ts')) continue;
    for (const [, table] of text.matchAll(/^\s*'([a-z_]+\.[a-z_]+)':/gm))
      owners.set(table ?? '', file.replace('tables.ts', ''));
  }
  const found: string[] = [];
  for (const [file, text] of texts) {
    if (TEST.test(file)) continue;
    for (const [table, home] of owners) {
      // A job or an event may be called after a table's room: its name goes on with a hyphen or a letter.
      const named = new RegExp(`(?<![\\w.])${table.replace('.', '\\.')}(?![-\\w])`);
      if (!file.startsWith(home) && named.test(withoutComments(text))) found.push(`foreign-table ${table}: ${file}`);
    }
  }
  return found;
}
