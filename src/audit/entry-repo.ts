import { type Insertable, type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { Page } from '../kernel/index.ts';
import { type Db, json, type SortKey, sortedPage, type Tx, textKey } from '../platform/db/index.ts';
import type { listAudit } from './contract.ts';
import type { EntryTable } from './tables.ts';

export type Entry = Selectable<EntryTable>;
export type ChainedEntry = Entry & { position: number; previous_hash: string; hash: string };

/** "audit" in ASCII: whoever holds this lock is the one that chains. It goes with its transaction, so nobody keeps it dead. */
const CHAIN_LOCK = 0x6175646974;

export async function insertEntry(tx: Tx, entry: Insertable<EntryTable>): Promise<void> {
  await tx
    .insertInto('audit.entry')
    .values({ ...entry, detail: json(entry.detail) })
    .execute();
}

export async function takeChainLock(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(${CHAIN_LOCK}::bigint) as taken`.execute(tx);
  return rows[0]?.taken === true;
}

export async function anyUnchained(db: Db): Promise<boolean> {
  const row = await db.selectFrom('audit.entry').select('id').where('position', 'is', null).limit(1).executeTakeFirst();
  return row !== undefined;
}

/**
 * Committed rows to be chained next, in the order they were written. NOTE a row that commits later is chained later, though
 * it may have been written earlier: it is found by its missing position, not by a cursor, so nothing has to wait for it.
 */
export async function nextUnchained(tx: Tx, limit: number): Promise<Entry[]> {
  return tx.selectFrom('audit.entry').selectAll().where('position', 'is', null).orderBy('id').limit(limit).execute();
}

export type Link = { id: number; position: number; previous_hash: string; hash: string };

export async function writeLinks(tx: Tx, links: readonly Link[]): Promise<void> {
  await sql`
    update audit.entry set position = link.position, previous_hash = link.previous_hash, hash = link.hash
    from unnest(
      ${links.map(({ id }) => id)}::bigint[], ${links.map(({ position }) => position)}::bigint[],
      ${links.map(({ previous_hash }) => previous_hash)}::text[], ${links.map(({ hash }) => hash)}::text[]
    ) as link (id, position, previous_hash, hash)
    where entry.id = link.id`.execute(tx);
}

/** The last row of the chain, or the last one up to `position`. */
export async function lastChained(db: Db, position?: number): Promise<ChainedEntry | undefined> {
  const row = await db
    .selectFrom('audit.entry')
    .selectAll()
    .where('position', 'is not', null)
    .$if(position !== undefined, (query) => query.where('position', '<=', position as number))
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row as ChainedEntry | undefined;
}

/** Chained rows behind `after`, in the order of the chain. */
export async function chainedAfter(db: Db, after: number, limit: number): Promise<ChainedEntry[]> {
  const rows = await db
    .selectFrom('audit.entry')
    .selectAll()
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute();
  return rows as ChainedEntry[];
}

export async function countUnchained(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('audit.entry')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('position', 'is', null)
    .executeTakeFirstOrThrow();
  return count;
}

const id: SortKey = { by: sql.ref('id'), type: 'bigint' };
/** By the order of writing, which is that of time but for what several nodes wrote in one moment. */
const orders = { at: [id], event: [textKey('event'), id], subject: [textKey('subject'), id] } as const;

export type EntryFilter = z.output<NonNullable<(typeof listAudit)['query']>>;

/** `actor` is an id or a name. */
export async function listEntries(db: Db, filter: EntryFilter): Promise<Page<Entry>> {
  const { event, actor, subject } = filter;
  const matching = db
    .selectFrom('audit.entry')
    .selectAll()
    .$if(event !== undefined, (query) => query.where('event', '=', event as string))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject as string))
    .$if(actor !== undefined, (query) =>
      query.where((where) =>
        where.or([where('actor_id', '=', actor as string), where('actor_name', '=', actor as string)]),
      ),
    );
  return sortedPage(matching, orders, filter);
}
