import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '../../kernel/index.ts';
import { type ImportedKeys, importKeys } from '../../keys/index.ts';
import { migrations } from '../../migrations.ts';
import type { Config } from '../../platform/config/index.ts';
import { migrate, openDatabase } from '../../platform/db/index.ts';
import { freeBytes, readSecretFile, volumeOf, writeSecretFileOnce } from '../../platform/files/index.ts';
import type { Terminal } from '../terminal/terminal.ts';

const USE = 'npm run keys:import -- --backup <file> --recipient <file> --instance <id>. Nothing was imported.';

/** As long as the API demands it of a passphrase that is set. */
const PASSPHRASE_CHARACTERS = 16;

/** Says in a sentence what was restored; throws what was refused. */
export async function importFromFiles(args: string[], config: Config, terminal: Terminal): Promise<string> {
  const { backup, recipient, instance } = parse(args);
  const asked = { backup: await jsonOf(backup), recipient: await secretJsonOf(recipient), instance };
  const isTyped = config.rootKeyProvider === 'passphrase' && config.rootPassphraseFile === null;
  const typed = isTyped ? { passphrase: await newPassphrase(terminal) } : {};
  const { databaseUrl, dataDir, rootKeyFile, rootKeyProvider, rootPassphraseFile: passphraseFile } = config;
  const open = await openDatabase(databaseUrl === undefined ? { dataDir } : { url: databaseUrl.reveal() });
  try {
    await migrate(open, migrations, systemClock);
    const files = { read: readSecretFile, writeOnce: writeSecretFileOnce, volumeOf, freeBytes };
    const deps = { db: open.db, clock: systemClock, random: systemRandom };
    const imported = await importKeys(
      { ...deps, files, rootKeyFile, rootKeyProvider, passphraseFile },
      { ...asked, ...typed },
    );
    return wordsFor(imported);
  } finally {
    await open.close();
  }
}

function parse(args: string[]): { backup: string; recipient: string; instance: string } {
  const option = { type: 'string' } as const;
  const { backup, recipient, instance } = parseArgs({
    args,
    options: { backup: option, recipient: option, instance: option },
  }).values;
  if (backup === undefined || recipient === undefined || instance === undefined) throw new Error(USE);
  return { backup, recipient, instance };
}

async function jsonOf(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path} cannot be read. Nothing was imported.`);
  });
  return parsed(text);
}

async function secretJsonOf(path: string): Promise<unknown> {
  const read = await readSecretFile(path);
  if (!read.ok) throw new Error(`${read.error.message} Nothing was imported.`);
  return parsed(read.value.toString());
}

/** What is not JSON is not a backup either, and is refused as such. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function newPassphrase(terminal: Terminal): Promise<string> {
  const passphrase = await terminal.askHidden('New passphrase of the root key: ');
  if (passphrase.length < PASSPHRASE_CHARACTERS)
    throw new Error(`A passphrase has at least ${PASSPHRASE_CHARACTERS} characters. Nothing was imported.`);
  if (passphrase !== (await terminal.askHidden('Once more: ')))
    throw new Error('The two are not the same. Nothing was imported.');
  return passphrase;
}

function wordsFor({ instance, restored }: ImportedKeys): string {
  switch (restored) {
    case 'all-keys':
      return `All keys of ${instance} are in the database, under a root key of this machine. Start the instance.`;
    case 'root-key':
      return `The database has its own records of ${instance}; a root key of this machine opens them now. Start the instance.`;
    case 'nothing':
      return `The root key opens the keys of ${instance} already. Nothing was changed.`;
  }
}
