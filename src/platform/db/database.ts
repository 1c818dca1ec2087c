import type { Kysely, Transaction } from 'kysely';

/**
 * Every table of the program, by qualified name. Empty here: each room's tables.ts augments it with its own
 * (`declare module '../platform/db/database.ts' { interface Database { 'provider.registration': … } }`), so the type
 * checker knows them all and this file knows none.
 */
// biome-ignore lint/suspicious/noEmptyInterface: an interface, because only interfaces merge
export interface Database {}

/** Reading is allowed anywhere. */
export type Db = Kysely<Database>;

/** Writing demands one of these, so a write outside a transaction does not compile. */
export type Tx = Transaction<Database>;
