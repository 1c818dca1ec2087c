import type { Db, Tx } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { openPostgres } from './postgres.ts';

export type DatabaseLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** One open database, whichever engine carries it. */
export type OpenDatabase = {
  readonly engine: 'pglite' | 'postgres';
  readonly db: Db;
  /** Raw SQL outside any transaction of ours, for the job queue; without values it may be several statements. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Sends `payload` to every listener of `channel`, on every node, once the transaction commits. At most 8000 bytes. */
  notify(tx: Tx, channel: string, payload: string): Promise<void>;
  /** `onReconnect` is called after each (re)subscription: whatever was sent before it may have been missed. */
  listen(
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect?: () => void,
  ): Promise<{ close(): Promise<void> }>;
  /** How often the embedded engine has forced data to disk; undefined on PostgreSQL, which looks after that itself. */
  readonly syncs?: () => Promise<number>;
  /** Settles when the embedded engine has stopped by itself and cannot come back in this process; undefined on PostgreSQL. */
  readonly failed?: Promise<Error>;
  /**
   * Copies the embedded database into a folder that must not exist, between two transactions: whoever wants to write waits.
   * Undefined on PostgreSQL.
   */
  readonly copyTo?: (folder: string) => Promise<void>;
  close(): Promise<void>;
};

export type OpenOptions = {
  /** Address of a PostgreSQL 15+ database. Without one the embedded engine is used. */
  readonly url?: string;
  /** Where the embedded engine keeps its data: `<dataDir>/database`, locked by `<dataDir>/database.lock`. */
  readonly dataDir?: string;
  readonly log?: DatabaseLog;
};

const silent: DatabaseLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Opens the database; throws DataDirectoryBusy where another process has the embedded one. */
export async function openDatabase({ url, dataDir, log = silent }: OpenOptions): Promise<OpenDatabase> {
  if (url !== undefined) return openPostgres(url, log);
  if (dataDir === undefined) throw new Error('openDatabase needs a url or a dataDir');
  return openEmbedded(dataDir, log);
}
