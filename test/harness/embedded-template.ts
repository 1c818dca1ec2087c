import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Migration, openDatabase } from '../../src/platform/db/index.ts';
import { prepareDatabase } from './prepare-database.ts';

/** Fills `dataDir` with a closed database: a copy takes half a second, making one takes three. */
export async function copyEmbeddedTemplate(dataDir: string, migrations: readonly Migration[]): Promise<void> {
  const template = join(tmpdir(), `${TEMPLATE}${templateKey(migrations)}`);
  if (!existsSync(template)) await makeTemplate(template, migrations);
  cpSync(template, dataDir, { recursive: true });
}

const TEMPLATE = 'liaise-test-template-';
const KEEP_MS = 24 * 60 * 60 * 1000;

/** Forty megabytes for every change of a migration add up. */
function removeOldTemplates(): void {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(TEMPLATE))) {
    const path = join(tmpdir(), name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

async function makeTemplate(template: string, migrations: readonly Migration[]): Promise<void> {
  removeOldTemplates();
  const making = mkdtempSync(join(tmpdir(), 'liaise-test-making-'));
  const open = await openDatabase({ dataDir: making });
  await prepareDatabase(open, migrations);
  await open.close();
  rmSync(join(making, 'database.lock'), { force: true });
  try {
    renameSync(making, template);
  } catch (error) {
    // Another test worker was quicker; its template is the same as ours.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}

/** Changes whenever the engine's version, the queue's or any migration does. */
function templateKey(migrations: readonly Migration[]): string {
  return createHash('sha256')
    .update(JSON.stringify([versionOf('@electric-sql/pglite'), versionOf('pg-boss'), migrations]))
    .digest('hex')
    .slice(0, 16);
}

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
