import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedOver } from '../../src/platform/db/embedded.ts';
import { type SoleConnection, soleConnection } from '../../src/platform/db/embedded-dialect.ts';
import type { Migration, OpenDatabase } from '../../src/platform/db/index.ts';
import { type PgliteThread, startPglite } from '../../src/platform/db/pglite-thread.ts';
import { copyEmbeddedTemplate } from './embedded-template.ts';

// Opening the embedded database takes a second or more, emptying it takes a few milliseconds. So within one test process an
// engine that a test has finished with goes to the next one, emptied; who still holds the old database object only gets errors.
// Those that are left end with the process; their files go with the folder of the whole run.

/** Engines over other migrations than the usual ones are seldom asked for again. */
const MOST_IDLE = 3;

type Engine = {
  readonly migrations: readonly Migration[];
  readonly thread: PgliteThread;
  readonly sole: SoleConnection;
  readonly dataDir: string;
  /** Brings every row and sequence back to how the migrations left them; false when there are other tables than then. */
  reset(): Promise<boolean>;
};

const idle = new Set<Engine>();

export async function borrowEmbedded(migrations: readonly Migration[]): Promise<OpenDatabase> {
  const engine = [...idle].find((each) => each.migrations === migrations) ?? (await startEngine(migrations));
  idle.delete(engine);
  return embeddedOver(engine.thread, engine.sole, async () => {
    if (await engine.reset()) idle.add(engine);
    else await stopEngine(engine);
  });
}

async function startEngine(migrations: readonly Migration[]): Promise<Engine> {
  await Promise.all([...idle].slice(MOST_IDLE).map(stopEngine));
  const dataDir = mkdtempSync(join(tmpdir(), 'liaise-test-'));
  await copyEmbeddedTemplate(dataDir, migrations);
  const thread = await startPglite(join(dataDir, 'database'));
  const reset = await rememberRows(thread);
  return { migrations, thread, sole: soleConnection(thread), dataDir, reset };
}

async function stopEngine(engine: Engine): Promise<void> {
  idle.delete(engine);
  await engine.thread.close();
  rmSync(engine.dataDir, { recursive: true, force: true });
}

const TABLES = `
  select format('%I.%I', relnamespace::regnamespace::text, relname) from pg_class
  where relkind = 'r' and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema') order by 1`;
const SEQUENCES = `
  select format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value)::text, (last_value is not null)::text
  from pg_sequences`;

/** Notes every row there is and returns what brings exactly them back. */
async function rememberRows(thread: PgliteThread): Promise<() => Promise<boolean>> {
  const read = async (text: string) => (await thread.query(text, [])).at(-1)?.rows ?? [];
  const tables = (await read(TABLES)).map(([name]) => String(name));
  const restore = [
    'begin; set local session_replication_role = replica',
    ...tables.map((table) => `delete from ${table}`),
  ];
  for (const table of tables) {
    const [[rows] = []] = await read(`select json_agg(t)::text from ${table} t`);
    if (typeof rows === 'string')
      restore.push(
        `insert into ${table} overriding system value
         select * from json_populate_recordset(null::${table}, ${quoted(rows)})`,
      );
  }
  for (const [name, value, called] of await read(SEQUENCES))
    restore.push(`select setval(${quoted(String(name))}, ${value}, ${called})`);
  const text = `${restore.join(';\n')};\ncommit`;
  return async () => {
    const now = (await read(TABLES)).map(([name]) => String(name));
    if (now.join() !== tables.join()) return false;
    await thread.query(text, []);
    return true;
  };
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
