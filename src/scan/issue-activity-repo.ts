import type { Selectable } from 'kysely';
import type { UserId } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import type { IssueId } from './issue.ts';
import type { IssueActivityTable } from './tables.ts';

export type IssueActivityRow = Omit<Selectable<IssueActivityTable>, 'position'>;

export async function insertIssueActivity(tx: Tx, row: IssueActivityRow): Promise<void> {
  await tx.insertInto('scan.issue_activity').values(row).execute();
}

/** Newest first. */
export const listIssueActivity = (db: Db, issue: IssueId, limit: number): Promise<IssueActivityRow[]> =>
  db
    .selectFrom('scan.issue_activity')
    .select(['id', 'issue_id', 'kind', 'author', 'body', 'created_at'])
    .where('issue_id', '=', issue)
    .orderBy('position', 'desc')
    .limit(limit)
    .execute();

/** Repeatable. */
export async function insertFollower(tx: Tx, follower: { issue: IssueId; user: UserId; since: Date }): Promise<void> {
  await tx
    .insertInto('scan.issue_follower')
    .values({ issue_id: follower.issue, user_id: follower.user, since: follower.since, told_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Repeatable. */
export async function deleteFollower(tx: Tx, issue: IssueId, user: UserId): Promise<void> {
  await tx.deleteFrom('scan.issue_follower').where('issue_id', '=', issue).where('user_id', '=', user).execute();
}

/** Followers of resolved issues who have not been told; a row that another node is taking is left to it. */
export const takeUntold = (tx: Tx, limit: number): Promise<{ issue_id: IssueId; user_id: UserId }[]> =>
  tx
    .selectFrom('scan.issue_follower as follower')
    .innerJoin('scan.issue as issue', 'issue.id', 'follower.issue_id')
    .select(['follower.issue_id', 'follower.user_id'])
    .where('follower.told_at', 'is', null)
    .where('issue.status', '=', 'resolved')
    .orderBy('follower.issue_id')
    .limit(limit)
    .forUpdate('follower')
    .skipLocked()
    .execute();

export async function markTold(tx: Tx, issue: IssueId, user: UserId, now: Date): Promise<void> {
  await tx
    .updateTable('scan.issue_follower')
    .set({ told_at: now })
    .where('issue_id', '=', issue)
    .where('user_id', '=', user)
    .execute();
}
