import type { Db } from '../../platform/db/index.ts';
import { type Check, defineCheck, type Finding } from '../check.ts';
import { databaseVersion } from '../worker-repo.ts';

type Deps = {
  readonly db: Db;
  /** Migrations that have not run. */
  readonly pendingMigrations: () => Promise<readonly string[]>;
  /** As the runtime names itself: `24.21.0`. */
  readonly nodeVersion: string;
};

// What the tests run on. An older one may work, and nobody has seen it work.
const OLDEST_NODE = 24;
const OLDEST_POSTGRES = 15;

const source = (part: string, label: string): Finding['source'] => ({ kind: 'instance', id: part, label });

/** CHK-08: what this program stands on has the versions it was tested with, and its tables are up to date. */
export const schemaAndVersions = (deps: Deps): Check =>
  defineCheck({
    id: 'CHK-08',
    name: 'Tables, database and runtime have supported versions',
    category: 'Installation',
    priority: 'high',
    side: 'both',
    summary: 'A part that this program stands on has the wrong version',
    description: 'Every migration has run; PostgreSQL and Node.js are at least the oldest versions that are tested.',
    remedy: 'Update what the issue names, and start this program again.',
    run: async () => [...(await schemaFindings(deps)), ...(await versionFindings(deps))],
  });

async function schemaFindings({ pendingMigrations }: Deps): Promise<Finding[]> {
  const pending = await pendingMigrations();
  if (pending.length === 0) return [];
  return [
    {
      source: source('schema', 'database schema'),
      message: `${pending.length} migrations have not run: ${pending.join(', ')}.`,
      cause: 'Another version of the program uses this database, or a start was interrupted.',
      remedy: 'Start this version of the program again: it brings the tables up to date before it serves.',
      who: 'An operator of this instance',
    },
  ];
}

async function versionFindings({ db, nodeVersion }: Deps): Promise<Finding[]> {
  const postgres = Math.floor((await databaseVersion(db)) / 10_000);
  const parts = [
    { part: 'postgres', label: 'PostgreSQL', found: postgres, oldest: OLDEST_POSTGRES },
    { part: 'node', label: 'Node.js', found: Number.parseInt(nodeVersion, 10), oldest: OLDEST_NODE },
  ];
  return parts
    .filter(({ found, oldest }) => !(found >= oldest))
    .map(({ part, label, found, oldest }) => ({
      source: source(part, label),
      message: `${label} has version ${found}; ${oldest} is the oldest that is supported.`,
      cause: `${label} was installed before this program, or by something else.`,
      remedy: `Update ${label} to version ${oldest} or later and start this program again.`,
      who: 'An operator of this instance',
    }));
}
