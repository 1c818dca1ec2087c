import { recordAudit } from '../audit/index.ts';
import { findContact } from '../directory/index.ts';
import type { Clock, Random, UserActor, UserId } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, type Tx, transact } from '../platform/db/index.ts';
import { HEALTH_RECORD } from './contract.ts';
import type { IssueId } from './issue.ts';
import { type IssueRow, lockIssue, updateIssue } from './issue-repo.ts';
import { AssigneeNotFound, IssueNotFound, IssueResolved } from './problems.ts';
import { noteOnIssue } from './write-issue-activity.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly changes: Pick<Changes, 'publish'>;
};

/** Hides an issue from the lists. Its check goes on failing, so no gate opens by it (REG-57, OQ-08). */
export const muteIssue = (deps: Deps, actor: UserActor, id: IssueId, reason: string): Promise<void> =>
  changeIssue(deps, actor, id, {
    event: 'scan.issue-muted',
    detail: { reason },
    change: { muted_reason: reason },
    note: async () => `Muted: ${reason}`,
  });

export const unmuteIssue = (deps: Deps, actor: UserActor, id: IssueId): Promise<void> =>
  changeIssue(deps, actor, id, {
    event: 'scan.issue-unmuted',
    detail: {},
    change: { muted_reason: null },
    note: async () => 'Shown again.',
  });

/** `userId` null: nobody takes care of it any more. */
export const assignIssue = (deps: Deps, actor: UserActor, id: IssueId, userId: UserId | null): Promise<void> =>
  changeIssue(deps, actor, id, {
    event: 'scan.issue-assigned',
    detail: { userId },
    change: { assigned_to: userId },
    note: (tx) => assigned(tx, userId),
  });

type Change = {
  readonly event: `scan.${string}`;
  readonly detail: Record<string, unknown>;
  readonly change: Partial<Pick<IssueRow, 'muted_reason' | 'assigned_to'>>;
  /** What the activity says about it; throws when it cannot be done. */
  readonly note: (tx: Tx) => Promise<string>;
};

async function changeIssue(deps: Deps, actor: UserActor, id: IssueId, change: Change): Promise<void> {
  await transact(deps.db, async (tx) => {
    const issue = await lockIssue(tx, id);
    if (issue === undefined) throw new IssueNotFound(`There is no issue ${id}. Look at the list of issues.`);
    if (issue.status === 'resolved') {
      throw new IssueResolved('This issue is resolved, so there is nothing to change. If it recurs, a new one opens.');
    }
    const text = await change.note(tx);
    await updateIssue(tx, id, change.change);
    await noteOnIssue(deps, tx, id, { kind: 'workNote', text, author: actor });
    await recordAudit(tx, { event: change.event, actor, subject: id, detail: change.detail, clock: deps.clock });
    await deps.changes.publish(tx, HEALTH_RECORD);
  });
}

async function assigned(tx: Tx, userId: UserId | null): Promise<string> {
  if (userId === null) return 'Nobody takes care of it any more.';
  const person = await findContact(tx, userId);
  if (person?.active) return `${person.username} takes care of it.`;
  throw new AssigneeNotFound(
    'There is no such person, or the account is not active. Nothing was assigned. Pick another.',
  );
}
