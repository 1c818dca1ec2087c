import type { Random } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import type { Check, Finding } from './check.ts';
import { type IssueId, issueId } from './issue.ts';
import { holdersOf, holdSubject, releaseSubject, resolveUnheld, upsertIssue } from './issue-repo.ts';
import type { RunRow } from './run-repo.ts';
import { wakeWatch } from './watch-repo.ts';

type Recorded = {
  readonly check: Pick<Check, 'id' | 'name' | 'summary' | 'category' | 'priority'>;
  readonly findings: readonly Finding[];
};

/**
 * Turns what a run found into issues (SCN-03): findings open or update one, and the subject is freed from those that it no
 * longer meets. An issue that nobody meets any more is resolved; others whom it still holds up are run again at once, since
 * its cause is gone (REG-58). True when something changed for the subject.
 * `whole`: every check was run, so whatever was not met is gone, issues of former checks as well.
 */
export async function recordFindings(
  deps: { readonly random: Random },
  tx: Tx,
  run: RunRow,
  { recorded, whole, now }: { readonly recorded: readonly Recorded[]; readonly whole: boolean; readonly now: Date },
): Promise<boolean> {
  const { suite, side, subject_kind, subject_id, subject_label } = run;
  const met: IssueId[] = [];
  let changed = false;
  for (const { check, findings } of recorded) {
    for (const finding of findings) {
      const issue = await upsertIssue(tx, { id: issueId.create(deps.random), check, finding, now });
      const link = { issue_id: issue, suite, side, subject_kind, subject_id, subject_label };
      changed = (await holdSubject(tx, link)) || changed;
      met.push(issue);
    }
  }
  const checks = whole ? undefined : recorded.map(({ check }) => check.id);
  const freed = await releaseSubject(tx, run, { checks, met });
  if (freed.length === 0) return changed;
  for (const other of await holdersOf(tx, freed)) await wakeWatch(tx, other, now);
  await resolveUnheld(tx, now);
  return true;
}
