import { type Selectable, sql } from 'kysely';
import type { Page, Sort } from '../../kernel/index.ts';
import { type Db, sortedPage, type Tx, textKey } from '../../platform/db/index.ts';
import type { Side } from '../subject.ts';
import type { ErrorTable } from '../tables.ts';
import type { ErrorId } from './logged-error.ts';

export type ErrorRow = Selectable<ErrorTable>;

async function nextNumber(tx: Tx): Promise<string> {
  const { rows } = await sql<{ next: number }>`select nextval('scan.error_number') as next`.execute(tx);
  return `ERR${String(rows[0]?.next).padStart(7, '0')}`;
}

type NewError = Pick<
  ErrorRow,
  | 'id'
  | 'code'
  | 'text'
  | 'side'
  | 'source_kind'
  | 'source_id'
  | 'source_label'
  | 'connection_id'
  | 'connection_label'
  | 'created_at'
  | 'digested_at'
>;

export async function insertError(tx: Tx, error: NewError): Promise<void> {
  const number = await nextNumber(tx);
  await tx
    .insertInto('scan.error')
    .values({
      ...error,
      number,
      times: 1,
      last_at: error.created_at,
      raised_at: null,
      settled_at: null,
      issue_id: null,
    })
    .execute();
}

/** Two jobs that fail on one thing at the same moment would each find no row to count in. */
export async function lockSource(tx: Tx, source: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${source}, 0))`.execute(tx);
}

/** Counts one more of the same error since `since`; false when there is none to count it with. */
export async function countAgain(tx: Tx, error: NewError, since: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('scan.error')
    .set({ times: sql`times + 1`, last_at: error.created_at, raised_at: null })
    .where('id', '=', (from) =>
      from
        .selectFrom('scan.error')
        .select('id')
        .where('source_id', '=', error.source_id)
        .where('settled_at', 'is', null)
        .where('code', '=', error.code)
        .where('text', '=', error.text)
        .where('connection_id', '=', error.connection_id)
        .where('created_at', '>', since)
        .orderBy('created_at', 'desc')
        .limit(1),
    )
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Errors that have not become an issue yet, locked, the oldest first. */
export const takeUnraised = (tx: Tx, limit: number): Promise<ErrorRow[]> =>
  tx
    .selectFrom('scan.error')
    .selectAll()
    .where('raised_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .forUpdate()
    .execute();

export async function markRaised(tx: Tx, id: ErrorId, raised: { raised_at: Date; issue_id: string }): Promise<void> {
  await tx.updateTable('scan.error').set(raised).where('id', '=', id).execute();
}

/** Ends the errors of these sources, all or those of some codes; what was not raised yet is not raised any more. */
export async function endErrors(
  tx: Tx,
  { sources, codes, now }: { sources: readonly string[]; codes: readonly string[] | undefined; now: Date },
): Promise<void> {
  await tx
    .updateTable('scan.error')
    .set({ settled_at: now, raised_at: sql`coalesce(raised_at, ${now})` })
    .where('source_id', '=', sql<string>`any(${sources})`)
    .where('settled_at', 'is', null)
    .$if(codes !== undefined, (update) => update.where('code', '=', sql<string>`any(${codes ?? []})`))
    .execute();
}

/** Whatever of it comes after is told as new. */
export async function endErrorsOfIssue(tx: Tx, issue: string, now: Date): Promise<void> {
  await tx
    .updateTable('scan.error')
    .set({ settled_at: now })
    .where('issue_id', '=', issue)
    .where('settled_at', 'is', null)
    .execute();
}

/** Marks what no digest has told yet, and says how much that is. */
export async function markDigested(tx: Tx, digest: Date): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('scan.error')
    .set({ digested_at: digest })
    .where('digested_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export const errorsOfDigest = (db: Db, digest: Date, limit: number): Promise<ErrorRow[]> =>
  db
    .selectFrom('scan.error')
    .selectAll()
    .where('digested_at', '=', digest)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();

export async function deleteErrorsBefore(tx: Tx, instant: Date): Promise<void> {
  await tx.deleteFrom('scan.error').where('last_at', '<', instant).execute();
}

export type ErrorFilter = {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly search?: string | undefined;
  /** Also those of neither side. */
  readonly side?: Side | undefined;
  readonly code?: string | undefined;
  readonly sort: Sort<keyof typeof orders>;
};

const orders = { number: [textKey('number')], code: [textKey('code'), textKey('number')] } as const;

export async function pageOfErrors(db: Db, filter: ErrorFilter): Promise<Page<ErrorRow>> {
  let matching = db.selectFrom('scan.error').selectAll();
  const { side, code, search } = filter;
  if (side !== undefined) matching = matching.where((any) => any.or([any('side', '=', side), any('side', 'is', null)]));
  if (code !== undefined) matching = matching.where('code', '=', code);
  if (search !== undefined) {
    const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
    matching = matching.where((any) =>
      any.or(
        (['number', 'text', 'source_label', 'connection_label'] as const).map((column) =>
          any(column, 'ilike', pattern),
        ),
      ),
    );
  }
  return sortedPage(matching, orders, filter);
}
