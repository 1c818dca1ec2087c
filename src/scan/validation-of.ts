import type { Db } from '../platform/db/index.ts';
import { openIssues } from './issue-list-repo.ts';
import { latestRun } from './run-repo.ts';
import type { CheckStatus, RunStatus, ScanRunId } from './scan-run.ts';
import type { Subject } from './subject.ts';

/** How a record's validation stands, for its own page. */
export type Validation = {
  readonly runId: ScanRunId;
  readonly status: Exclude<RunStatus, 'cancelled'>;
  readonly checks: {
    readonly id: string;
    readonly name: string;
    readonly outcome: 'waiting' | 'passed' | 'failed';
    readonly findings: { readonly message: string; readonly remedy: string; readonly who: string }[];
  }[];
  /** Muted ones count: they hold the record up all the same. */
  readonly openIssues: number;
};

const outcomeOf = (status: CheckStatus) => (status === 'passed' || status === 'waiting' ? status : 'failed');

/** Null before the first scan. The engine's own re-runs show only once they have ended: until then the last one counts. */
export async function validationOf(
  db: Db,
  suite: string,
  subject: Pick<Subject, 'kind' | 'id'>,
): Promise<Validation | null> {
  const run = await latestRun(db, suite, subject);
  if (run === undefined || run.status === 'cancelled') return null;
  return {
    runId: run.id,
    status: run.status,
    checks: run.results.map(({ id, name, status, findings }) => ({
      id,
      name,
      outcome: outcomeOf(status),
      findings: findings.map(({ message, remedy, who }) => ({ message, remedy, who })),
    })),
    openIssues: (await openIssues(db, subject)).length,
  };
}
