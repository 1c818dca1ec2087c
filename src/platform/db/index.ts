export type { Database, Db, Tx } from './database.ts';
export { databaseTrouble, isUniqueViolation } from './database-errors.ts';
export { DataDirectoryBusy } from './directory-lock.ts';
export { json } from './json.ts';
export { migrate, pendingMigrations } from './migrate.ts';
export type { Migration } from './migration.ts';
export { type DatabaseLog, type OpenDatabase, type OpenOptions, openDatabase } from './open-database.ts';
export { instantKey, type Orders, type SortKey, sortedPage, textKey } from './sorted-page.ts';
export { afterCommit, transact } from './transact.ts';
