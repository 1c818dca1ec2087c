/**
 * `npm test [-- project …]`: every test, project by project; then the rows of the specification that no test names; last,
 * alone on a line, the totals. Fails when a test fails, when a project with files runs none, or when a row has no test.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { postgresAvailable } from '../test/harness/database-setup.ts';
import { projects } from '../vitest.config.ts';
import { ensureChromium } from './ensure-chromium.ts';
import { add, judge, nothing, readReport, type Tally, totals, unnamedRows } from './test-report.ts';

const root = resolve(import.meta.dirname, '..');
const results = join(root, 'test-results');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

type Project = (typeof projects)[number]['test'];

const hasFiles = ({ include, exclude }: Project): boolean =>
  globSync(include, { cwd: root, exclude }).some((file) => !file.includes('node_modules'));

/** Every worker would announce that parts of Node are young, and nobody can act on it. */
const env = { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };

/** Why a project cannot run on this machine, or undefined. */
async function missing(name: string): Promise<string | undefined> {
  if (name === 'db-postgres' && !(await postgresAvailable())) return 'PostgreSQL half (no server)';
  if (name === 'browser' && !ensureChromium()) return 'browser tests (no chromium)';
  return undefined;
}

/** What part of a project its tests themselves leave out on this machine, or undefined. */
async function missingPart(name: string): Promise<string | undefined> {
  if (name === 'crash' && !(await postgresAvailable())) return 'crash tests over PostgreSQL (no server)';
  return undefined;
}

function readIfWritten(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A project that has written its report but does not end (a child it left behind) is ended, and has failed. */
const ENDING_GRACE_MS = 60_000;
/** Longer than the slowest project takes on two slow cores. */
const PROJECT_LIMIT_MS = 30 * 60_000;

async function run({ name }: Project): Promise<Tally> {
  const file = join(results, `${name}.json`);
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', name, '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`],
    { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const stop = () => child.kill('SIGKILL');
  const limit = setTimeout(stop, PROJECT_LIMIT_MS);
  const watch = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(watch);
    setTimeout(stop, ENDING_GRACE_MS).unref();
  }, 1_000);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(limit);
  clearInterval(watch);
  return judge(readReport(readIfWritten(file)), code);
}

/** Titles of a project that cannot run here: the machine lacks something, the test is still written. */
function titlesOf({ name }: Project): string[] {
  const file = join(results, `${name}.list.json`);
  spawnSync(process.execPath, [vitest, 'list', '--project', name, `--json=${file}`], {
    cwd: root,
    env,
    stdio: 'ignore',
  });
  return (JSON.parse(readIfWritten(file) ?? '[]') as { name: string }[]).map((test) => test.name);
}

const wanted = process.argv.slice(2);
rmSync(results, { recursive: true, force: true });
mkdirSync(results);

let total = nothing;
const lines: string[] = [];
for (const { test: project } of projects) {
  if (wanted.length > 0 && !wanted.includes(project.name)) continue;
  if (!hasFiles(project)) continue;
  console.log(`\n== ${project.name}`);
  const lack = await missing(project.name);
  if (lack !== undefined) {
    total = add(total, { ...nothing, skipped: 1, ran: titlesOf(project) });
    lines.push(`skipped: ${lack}`);
    continue;
  }
  const begun = performance.now();
  const tally = await run(project);
  total = add(total, tally);
  lines.push(`${project.name}: ${totals(tally)} (${Math.round((performance.now() - begun) / 1_000)} s)`);
  const part = await missingPart(project.name);
  if (part === undefined) continue;
  // Counted above, one by one, among those of the project.
  total = add(total, { ...nothing, ran: titlesOf(project) });
  lines.push(`skipped: ${part}`);
}

console.log(`\n${lines.join('\n')}`);
let complete = total.passed > 0;
if (wanted.length === 0) {
  const rows = JSON.parse(readFileSync(join(root, 'test', 'specification-rows.json'), 'utf8')) as string[];
  const unnamed = unnamedRows(rows, total.ran);
  console.log(`\nspecification rows without a test: ${unnamed.length === 0 ? 'none' : unnamed.join(' ')}`);
  complete &&= unnamed.length === 0;
}
console.log(`\n${totals(total)}`);
process.exitCode = complete && total.failed === 0 ? 0 : 1;
