import { systemClock, systemRandom } from '../../kernel/index.ts';
import { type Component, type ComponentGroup, componentGroup, examineKeys } from '../../keys/index.ts';
import { migrations } from '../../migrations.ts';
import type { Config } from '../../platform/config/index.ts';
import { DataDirectoryBusy, type OpenDatabase, openDatabase, pendingMigrations } from '../../platform/db/index.ts';
import { freeBytes, readSecretFile, volumeOf, writeSecretFileOnce } from '../../platform/files/index.ts';

/** What an operator's command finds: the groups of the diagnostics page, after one about the database. */
export type Examination = { readonly groups: readonly ComponentGroup[]; readonly exitCode: 0 | 1 | 2 };

const OPERATOR = 'Whoever runs the server';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Tries everything that a start would need, beside or in place of a running instance. Changes nothing. */
export async function examine(config: Config): Promise<Examination> {
  const opened = await open(config);
  if ('trouble' in opened) return judged([databaseGroup([opened.trouble])]);
  try {
    const { groups } = await examineKeys({
      db: opened.database.db,
      clock: systemClock,
      random: systemRandom,
      files: { read: readSecretFile, writeOnce: writeSecretFileOnce, volumeOf, freeBytes },
      rootKeyFile: config.rootKeyFile,
      rootKeyProvider: config.rootKeyProvider,
      passphraseFile: config.rootPassphraseFile,
      dataDir: config.databaseUrl === undefined ? config.dataDir : null,
      publicUrlSet: config.publicUrl !== null,
    });
    return judged([databaseGroup([well('database', 'Database'), await schema(opened.database)]), ...groups]);
  } finally {
    await opened.database.close();
  }
}

async function open(config: Config): Promise<{ database: OpenDatabase } | { trouble: Component }> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === undefined && (await volumeOf(dataDir)) === null)
    return { trouble: broken('There is no data folder yet.', `Start the instance once; it makes ${dataDir}.`) };
  try {
    return {
      database: await openDatabase({ log: silent, ...(databaseUrl ? { url: databaseUrl.reveal() } : { dataDir }) }),
    };
  } catch (error) {
    if (error instanceof DataDirectoryBusy)
      return {
        trouble: {
          ...broken(
            'A running instance holds the embedded database, so nothing else can be tried from here.',
            'Read Key Management > Health (Diagnostics) there, or /readyz and /metrics; or stop it and ask again.',
          ),
          status: 'degraded',
        },
      };
    const said = error instanceof Error ? error.message : String(error);
    return {
      trouble: broken(`The database does not open: ${said}`, 'Check the database, its address and who may use it.'),
    };
  }
}

async function schema(database: OpenDatabase): Promise<Component> {
  const [name, label] = ['schema', 'Schema of this version'];
  try {
    const pending = await pendingMigrations(database, migrations);
    if (pending.length === 0) return well(name, label);
    const cause = `Not run yet: ${pending.join(', ')}.`;
    return { ...broken(cause, 'Start the instance: it runs them.'), name, label, status: 'degraded' };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { ...broken(said, 'Start the version that belongs to this database.'), name, label };
  }
}

const well = (name: string, label: string): Component => ({
  name,
  label,
  status: 'operational',
  required: true,
  cause: null,
  remedy: null,
  who: null,
});

const broken = (cause: string, remedy: string): Component => ({
  ...well('database', 'Database'),
  status: 'malfunction',
  cause,
  remedy,
  who: OPERATOR,
});

const databaseGroup = (components: readonly Component[]): ComponentGroup =>
  componentGroup('database', 'Database', components);

/** 0: all is well. 1: something needs attention. 2: a required component does not work. */
function judged(groups: readonly ComponentGroup[]): Examination {
  const components = groups.flatMap((group) => group.components);
  if (components.some((one) => one.required && one.status === 'malfunction')) return { groups, exitCode: 2 };
  const troubled = components.some(({ status }) => status === 'degraded' || status === 'malfunction');
  return { groups, exitCode: troubled ? 1 : 0 };
}
