import { type Insertable, type Selectable, sql } from 'kysely';
import { type Db, json, type Tx } from '../platform/db/index.ts';
import type { CheckResult, ScanRun, ScanRunId } from './scan-run.ts';
import type { Subject } from './subject.ts';
import type { RunTable } from './tables.ts';

export type RunRow = Selectable<RunTable>;
type SubjectKey = Pick<Subject, 'kind' | 'id'>;

const toRun = (row: RunRow): ScanRun => ({
  id: row.id,
  suite: row.suite,
  side: row.side,
  subject: { kind: row.subject_kind, id: row.subject_id, label: row.subject_label },
  status: row.status,
  outcome: row.outcome,
  reason: row.reason,
  requestedAt: row.requested_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  results: row.results,
});

/** One run with the result of each check. Inside a transaction, hand in the transaction. */
export async function findRun(db: Db, id: ScanRunId): Promise<ScanRun | undefined> {
  const row = await findRunRow(db, id);
  return row && toRun(row);
}

/** The run that says how a subject stands: a first run while it is going on, otherwise the last one that ended. */
export async function latestRun(db: Db, suite: string, subject: SubjectKey): Promise<ScanRun | undefined> {
  const row = await db
    .selectFrom('scan.run')
    .selectAll()
    .where('suite', '=', suite)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where((or) =>
      or.or([
        or('status', 'in', ['complete', 'failed']),
        or.and([or('status', 'in', ['queued', 'running']), or('is_rerun', '=', false), or('superseded', '=', false)]),
      ]),
    )
    .orderBy('requested_at', 'desc')
    .orderBy('id')
    .executeTakeFirst();
  return row && toRun(row);
}

/** The latest runs, the newest first. */
export async function listRuns(
  db: Db,
  filter: {
    readonly limit: number;
    readonly suite?: string | undefined;
    readonly subject?: Subject['kind'] | undefined;
  },
): Promise<ScanRun[]> {
  const { suite, subject, limit } = filter;
  const rows = await db
    .selectFrom('scan.run')
    .selectAll()
    .$if(suite !== undefined, (select) => select.where('suite', '=', suite ?? ''))
    .$if(subject !== undefined, (select) => select.where('subject_kind', '=', subject ?? 'instance'))
    .orderBy('requested_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toRun);
}

export const findRunRow = (db: Db, id: ScanRunId): Promise<RunRow | undefined> =>
  db.selectFrom('scan.run').selectAll().where('id', '=', id).executeTakeFirst();

/** Locks the row against other writers until the transaction ends. */
export const lockRun = (tx: Tx, id: ScanRunId): Promise<RunRow | undefined> =>
  tx.selectFrom('scan.run').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();

type NewRun = Pick<
  Insertable<RunTable>,
  | 'id'
  | 'suite'
  | 'side'
  | 'subject_kind'
  | 'subject_id'
  | 'subject_label'
  | 'is_rerun'
  | 'own_first'
  | 'reply_to'
  | 'requested_at'
>;

/** Adds a queued run; false when this subject has one waiting already. */
export async function insertQueuedRun(tx: Tx, run: NewRun): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('scan.run')
    .values({ ...run, status: 'queued', results: json<CheckResult[]>([]) })
    .onConflict((conflict) =>
      conflict.columns(['suite', 'subject_kind', 'subject_id']).where('status', '=', 'queued').doNothing(),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Makes the waiting run of a subject answer this request as well; undefined when none waits any more. */
export async function adoptQueuedRun(tx: Tx, run: NewRun): Promise<ScanRunId | undefined> {
  const row = await ofSubject(tx, run)
    .set({
      side: run.side,
      subject_label: run.subject_label,
      is_rerun: false,
      own_first: false,
      reply_to: run.reply_to,
      requested_at: run.requested_at,
    })
    .where('status', '=', 'queued')
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

const ofSubject = (tx: Tx, run: Pick<RunRow, 'suite' | 'subject_kind' | 'subject_id'>) =>
  tx
    .updateTable('scan.run')
    .where('suite', '=', run.suite)
    .where('subject_kind', '=', run.subject_kind)
    .where('subject_id', '=', run.subject_id);

export async function supersedeRunning(
  tx: Tx,
  run: Pick<RunRow, 'suite' | 'subject_kind' | 'subject_id'>,
): Promise<void> {
  await ofSubject(tx, run).set({ superseded: true }).where('status', '=', 'running').execute();
}

/** Ends every run of a subject that has not ended: one that waits at once, one that is going on as soon as it looks up. */
export async function cancelRuns(tx: Tx, subject: SubjectKey, reason: string): Promise<void> {
  const runs = tx.updateTable('scan.run').where('subject_kind', '=', subject.kind).where('subject_id', '=', subject.id);
  await runs.set({ superseded: true }).where('status', '=', 'running').execute();
  await runs.set({ status: 'cancelled', reason }).where('status', '=', 'queued').execute();
}

/** Stops a run because a person says so: one that waits at once, one that is going on as soon as it looks up. */
export async function stopRun(tx: Tx, run: RunRow, by: { username: string; reason: string; now: Date }): Promise<void> {
  const ending = run.status === 'queued' ? { status: 'cancelled' as const, finished_at: by.now } : { superseded: true };
  await tx
    .updateTable('scan.run')
    .set({ ...ending, cancelled_by: by.username, reason: by.reason })
    .where('id', '=', run.id)
    .execute();
}

/** Drops the engine's own waiting re-run of a subject that has just passed. */
export async function cancelQueuedRerun(tx: Tx, run: RunRow): Promise<void> {
  await ofSubject(tx, run)
    .set({ status: 'cancelled', reason: 'An earlier run has passed.' })
    .where('status', '=', 'queued')
    .where('is_rerun', '=', true)
    .execute();
}

/**
 * Takes a run for one delivery of its job; undefined when it has ended, or a later delivery holds it. Throws a unique
 * violation of `run_one_running` while another run of the same subject is going on.
 */
export async function claimRun(
  tx: Tx,
  id: ScanRunId,
  { attempt, now }: { attempt: number; now: Date },
): Promise<RunRow | undefined> {
  return tx
    .updateTable('scan.run')
    .set({ status: 'running', attempt, started_at: now })
    .where('id', '=', id)
    .where('status', 'in', ['queued', 'running'])
    .where('attempt', '<', attempt)
    .returningAll()
    .executeTakeFirst();
}

/** Stores results so far. True when the run goes on; false when it was superseded or taken over, so that it should stop. */
export async function saveProgress(tx: Tx, run: RunRow, results: readonly CheckResult[]): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('scan.run')
    .set({ results: json([...results]) })
    .where('id', '=', run.id)
    .where('status', '=', 'running')
    .where('attempt', '=', run.attempt)
    .where('superseded', '=', false)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

type Ending = Pick<RunRow, 'status' | 'outcome' | 'reason'> & { readonly results: readonly CheckResult[] };

export async function endRun(tx: Tx, id: ScanRunId, { results, ...ending }: Ending, now: Date): Promise<void> {
  await tx
    .updateTable('scan.run')
    .set({ ...ending, results: json([...results]), finished_at: now })
    .where('id', '=', id)
    .execute();
}

/** The run of the same subject that waits for this one to end. */
export async function findQueuedRun(tx: Tx, run: RunRow): Promise<ScanRunId | undefined> {
  const row = await tx
    .selectFrom('scan.run')
    .select('id')
    .where('suite', '=', run.suite)
    .where('subject_kind', '=', run.subject_kind)
    .where('subject_id', '=', run.subject_id)
    .where('status', '=', 'queued')
    .executeTakeFirst();
  return row?.id;
}

export async function hasOpenRun(tx: Tx, run: Pick<RunRow, 'suite' | 'subject_kind' | 'subject_id'>): Promise<boolean> {
  const row = await tx
    .selectFrom('scan.run')
    .select('id')
    .where('suite', '=', run.suite)
    .where('subject_kind', '=', run.subject_kind)
    .where('subject_id', '=', run.subject_id)
    .where('status', 'in', ['queued', 'running'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes all but the latest runs of a subject: a watched one makes thousands in a day. */
export async function forgetOldRuns(tx: Tx, run: RunRow, keep: number): Promise<void> {
  await tx
    .deleteFrom('scan.run')
    .where('id', 'in', (from) =>
      from
        .selectFrom('scan.run')
        .select('id')
        .where('suite', '=', run.suite)
        .where('subject_kind', '=', run.subject_kind)
        .where('subject_id', '=', run.subject_id)
        .where('status', 'in', ['complete', 'failed', 'cancelled'])
        .orderBy('requested_at', 'desc')
        .orderBy('id')
        .offset(keep)
        .limit(sql.lit(1000)),
    )
    .execute();
}

/** Deletes runs that ended and were asked for before `instant` (SCN-11). */
export async function deleteRunsBefore(tx: Tx, instant: Date): Promise<void> {
  await tx
    .deleteFrom('scan.run')
    .where('requested_at', '<', instant)
    .where('status', 'in', ['complete', 'failed', 'cancelled'])
    .execute();
}

/** Whether anything was ever looked at to the end. */
export async function hasCompleteRun(db: Db): Promise<boolean> {
  const row = await db.selectFrom('scan.run').select('id').where('status', '=', 'complete').limit(1).executeTakeFirst();
  return row !== undefined;
}
