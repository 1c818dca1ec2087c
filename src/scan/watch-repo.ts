import { type Insertable, type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../platform/db/index.ts';
import type { Subject } from './subject.ts';
import type { WatchTable } from './tables.ts';

export type WatchRow = Selectable<WatchTable>;
type WatchKey = Pick<WatchRow, 'suite' | 'subject_kind' | 'subject_id'>;

/** Watches a subject from now on; what was known of an earlier watch is forgotten. */
export async function startWatch(
  tx: Tx,
  watch: Pick<Insertable<WatchTable>, keyof WatchKey | 'subject_label' | 'side' | 'reply_to'>,
): Promise<void> {
  const fresh = { told: null, failing_since: null, due_at: null, peer_due_at: null, woken_at: null };
  await tx
    .insertInto('scan.watch')
    .values({ ...watch, ...fresh })
    .onConflict((conflict) =>
      conflict
        .columns(['suite', 'subject_kind', 'subject_id'])
        .doUpdateSet({ subject_label: watch.subject_label, side: watch.side, reply_to: watch.reply_to, ...fresh }),
    )
    .execute();
}

const whereKey = (key: WatchKey) =>
  sql<boolean>`suite = ${key.suite} and subject_kind = ${key.subject_kind} and subject_id = ${key.subject_id}`;

export const lockWatch = (tx: Tx, key: WatchKey): Promise<WatchRow | undefined> =>
  tx.selectFrom('scan.watch').selectAll().where(whereKey(key)).forUpdate().executeTakeFirst();

export async function updateWatch(
  tx: Tx,
  key: WatchKey,
  change: Partial<Pick<WatchRow, 'told' | 'failing_since' | 'due_at' | 'peer_due_at' | 'woken_at'>>,
): Promise<void> {
  await tx.updateTable('scan.watch').set(change).where(whereKey(key)).execute();
}

export async function deleteWatch(tx: Tx, key: WatchKey): Promise<void> {
  await tx.deleteFrom('scan.watch').where(whereKey(key)).execute();
}

export async function deleteWatchesOf(tx: Tx, subject: Pick<Subject, 'kind' | 'id'>): Promise<void> {
  await tx
    .deleteFrom('scan.watch')
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .execute();
}

/** Makes watched subjects due at once: those of one suite, or all. One that has not failed yet is left to its first run. */
export async function wakeWatches(tx: Tx, now: Date, suite?: string): Promise<void> {
  await tx
    .updateTable('scan.watch')
    .set({ due_at: now, woken_at: now })
    .$if(suite !== undefined, (update) => update.where('suite', '=', suite ?? ''))
    .execute();
}

export async function wakeWatch(tx: Tx, key: WatchKey, now: Date): Promise<void> {
  await tx.updateTable('scan.watch').set({ due_at: now, woken_at: now }).where(whereKey(key)).execute();
}

/** Takes watches whose time has come; a row that another node is taking is left to it. */
export const takeDueWatches = (tx: Tx, now: Date, limit: number): Promise<WatchRow[]> =>
  tx
    .updateTable('scan.watch')
    .set({ due_at: null })
    .where((where) =>
      where(
        where.refTuple('suite', 'subject_kind', 'subject_id'),
        'in',
        where
          .selectFrom('scan.watch')
          .select(['suite', 'subject_kind', 'subject_id'])
          .where('due_at', '<=', now)
          .orderBy('due_at')
          .limit(limit)
          .forUpdate()
          .skipLocked()
          .$asTuple('suite', 'subject_kind', 'subject_id'),
      ),
    )
    .returningAll()
    .execute();

/** Subjects that wait for their checks to pass, with how many open issues hold them up. */
export const listWaiting = (db: Db) =>
  db
    .selectFrom('scan.watch as watch')
    .where('watch.told', '=', 'failed')
    .select((select) => [
      'watch.suite',
      'watch.subject_kind as kind',
      'watch.subject_id as id',
      'watch.subject_label as label',
      select
        .selectFrom('scan.issue_subject as link')
        .innerJoin('scan.issue as issue', 'issue.id', 'link.issue_id')
        .whereRef('link.suite', '=', 'watch.suite')
        .whereRef('link.subject_kind', '=', 'watch.subject_kind')
        .whereRef('link.subject_id', '=', 'watch.subject_id')
        .where('issue.status', '=', 'open')
        .where('link.holding', '=', true)
        .select((count) => count.fn.countAll<number>().as('count'))
        .as('openIssues'),
    ])
    .orderBy('watch.subject_label')
    .limit(200)
    .execute();
