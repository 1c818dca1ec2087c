import { type Actor, actorName, type Clock, type Random, type UserActor } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import type { IssueId } from './issue.ts';
import { type IssueActivityKind, issueActivityId } from './issue-activity.ts';
import { insertIssueActivity } from './issue-activity-repo.ts';
import { findIssue } from './issue-repo.ts';
import { IssueNotFound } from './problems.ts';

type Deps = { readonly clock: Clock; readonly random: Random; readonly changes: Pick<Changes, 'publish'> };
type Entry = { readonly kind: IssueActivityKind; readonly text: string; readonly author: Actor };

/** Writes one entry on an issue, in the transaction of what it tells. */
export async function noteOnIssue(deps: Deps, tx: Tx, issue: IssueId, { kind, text, author }: Entry): Promise<void> {
  await insertIssueActivity(tx, {
    id: issueActivityId.create(deps.random),
    issue_id: issue,
    kind,
    author: actorName(author),
    body: text,
    created_at: deps.clock.now(),
  });
  await deps.changes.publish(tx, issue);
}

/** What a person writes; resolved issues take it too, so that what solved one can be said afterwards (HLT-13). */
export async function writeIssueActivity(
  deps: Deps & { readonly db: Db },
  actor: UserActor,
  issue: IssueId,
  entry: { readonly kind: IssueActivityKind; readonly text: string },
): Promise<void> {
  await transact(deps.db, async (tx) => {
    if ((await findIssue(tx, issue)) === undefined)
      throw new IssueNotFound(`There is no issue ${issue}. Nothing was written. Look at the list of issues.`);
    await noteOnIssue(deps, tx, issue, { ...entry, author: actor });
  });
}
