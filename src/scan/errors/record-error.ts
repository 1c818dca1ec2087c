import { type Clock, HOUR_MS, later, type Random } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/index.ts';
import { countAgain, insertError, lockSource } from './error-repo.ts';
import { type ErrorReport, errorId } from './logged-error.ts';

type Deps = { readonly clock: Clock; readonly random: Random };

/** A fault that repeats every few minutes is one row with a count, and a new row every hour that it lasts. */
const SAME_ROW_MS = HOUR_MS;
/** Longer ones are ours by mistake; an index holds the text. */
const MOST_CHARACTERS = 500;

/**
 * Writes an error into the Error Log, in the transaction of what went wrong or in one of its own (ERR-05). Within seconds it
 * is an issue as well (ERR-06), within an hour in the digest.
 */
export async function recordError(
  deps: Deps,
  tx: Tx,
  report: ErrorReport,
  { digested = false }: { readonly digested?: boolean } = {},
): Promise<void> {
  const now = deps.clock.now();
  const row = {
    id: errorId.create(deps.random),
    code: report.code,
    text: report.text.slice(0, MOST_CHARACTERS),
    side: report.side,
    source_kind: report.source.kind,
    source_id: report.source.id,
    source_label: report.source.label,
    connection_id: report.connection?.id ?? '',
    connection_label: report.connection?.label ?? '',
    created_at: now,
    digested_at: digested ? now : null,
  };
  await lockSource(tx, row.source_id);
  if (!(await countAgain(tx, row, later(now, -SAME_ROW_MS)))) await insertError(tx, row);
}
