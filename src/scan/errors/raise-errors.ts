import type { Clock, Random } from '../../kernel/index.ts';
import type { Changes } from '../../platform/changes.ts';
import { type Db, type Tx, transact } from '../../platform/db/index.ts';
import { HEALTH_RECORD } from '../contract.ts';
import { issueId } from '../issue.ts';
import { lockIssues, upsertErrorIssue } from '../issue-repo.ts';
import { type ErrorRow, markRaised, takeUnraised } from './error-repo.ts';
import { type KnownError, knownError } from './known-errors.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly changes: Pick<Changes, 'publish'>;
};

/** Rows at once; the rest follow in further transactions. */
const BATCH = 50;

/**
 * Makes issues of errors (ERR-06, HLT-10). Apart from the transaction that recorded them, which so never waits for the
 * engine's lock.
 */
export async function raiseErrors(deps: Deps): Promise<void> {
  for (;;) {
    const raised = await transact(deps.db, async (tx) => {
      await lockIssues(tx);
      const rows = await takeUnraised(tx, BATCH);
      for (const row of rows) await raise(deps, tx, row);
      if (rows.length > 0) await deps.changes.publish(tx, HEALTH_RECORD);
      return rows.length;
    });
    if (raised < BATCH) return;
  }
}

/** The same known error, source, connection and message is one open issue, counted (HLT-11). */
async function raise(deps: Deps, tx: Tx, row: ErrorRow): Promise<void> {
  const known = knownError(row.code);
  const issue_id = await upsertErrorIssue(tx, issueId.create(deps.random), {
    check_id: row.code,
    check_name: known.name,
    summary: summaryOf(row, known),
    category: known.category,
    priority: known.priority,
    source_kind: row.source_kind,
    source_id: row.source_id,
    source_label: row.source_label,
    connection_id: row.connection_id,
    connection_label: row.connection_label,
    message: row.text,
    cause: known.cause,
    remedy: known.solution,
    who: known.who,
    peer: known.peer === true,
    last_detected_at: row.last_at,
  });
  await markRaised(tx, row.id, { raised_at: deps.clock.now(), issue_id });
}

/** HLT-12: what nobody foresaw is told by its own words. */
const summaryOf = (row: ErrorRow, known: KnownError): string =>
  known.category === 'Unknown' ? `Unknown error: ${row.text}` : known.name;
