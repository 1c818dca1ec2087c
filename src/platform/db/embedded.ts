import { chmodSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { removeBackupDrafts } from './backup-folder.ts';
import { layBlankDatabase } from './blank-database.ts';
import { copyDatabase } from './copy-database.ts';
import type { Database } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { embeddedDialect, rowsOf, type SoleConnection, soleConnection } from './embedded-dialect.ts';
import type { DatabaseLog, OpenDatabase } from './open-database.ts';
import { type PgliteThread, startPglite } from './pglite-thread.ts';
import { afterCommit } from './transact.ts';
import { parameterText } from './value-types.ts';

export async function openEmbedded(dataDir: string, log: DatabaseLog): Promise<OpenDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // The real path, so that two spellings of one directory meet at one lock.
  const directory = realpathSync(dataDir);
  const lock = lockDirectory(directory, join(directory, 'database.lock'));
  try {
    // Nobody else makes a backup while this process holds the lock. Left-overs that cannot be removed stop no start.
    await removeBackupDrafts(dataDir).catch((error: unknown) =>
      log.warn({ err: error }, 'an unfinished backup could not be removed'),
    );
    await layBlankDatabase(join(directory, 'database'));
    const files = privateDirectory(join(directory, 'database'));
    const thread = await startPglite(files);
    const sole = soleConnection(thread);
    const open = embeddedOver(thread, sole, async () => {
      try {
        await thread.close();
      } finally {
        lock.release();
      }
      log.info({}, 'the embedded database is closed');
    });
    return { ...open, copyTo: (folder) => copyDatabase({ thread, sole, files }, folder) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** PGlite gives its files to everybody, so the directory around them must not let anybody in. */
function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  return path;
}

/** A database over a running engine. `end` is called once, when nothing runs any more; afterwards every use fails. */
export function embeddedOver(thread: PgliteThread, sole: SoleConnection, end: () => Promise<void>): OpenDatabase {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let closed: Promise<void> | undefined;

  const guarded: SoleConnection = {
    async acquire() {
      if (closed !== undefined) throw new Error('the database is closed');
      return sole.acquire();
    },
    release: sole.release,
  };

  async function close(): Promise<void> {
    await sole.acquire();
    try {
      await end();
    } finally {
      sole.release();
    }
  }

  return {
    engine: 'pglite',
    db: new Kysely<Database>({ dialect: embeddedDialect(guarded) }),
    async executeSql(text, values = []) {
      await guarded.acquire();
      try {
        const results = await thread.query(text, values.map(parameterText));
        return { rows: results.flatMap(rowsOf) };
      } catch (error) {
        // Several statements with a begin among them may have left their transaction open.
        await thread.query('rollback', []);
        throw error;
      } finally {
        sole.release();
      }
    },
    async notify(tx, channel, payload) {
      afterCommit(tx, () => {
        for (const listener of listeners.get(channel) ?? []) listener(payload);
      });
    },
    async listen(channel, onNotification, onReconnect) {
      const audience = listeners.get(channel) ?? new Set();
      listeners.set(channel, audience.add(onNotification));
      onReconnect?.();
      return {
        close: async () => {
          audience.delete(onNotification);
        },
      };
    },
    syncs: () => thread.syncs(),
    failed: thread.failed,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
