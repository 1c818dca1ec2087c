import type { Clock, UserActor } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { MailSender } from '../platform/mail/index.ts';
import type { IssueId } from './issue.ts';
import { deleteFollower, insertFollower, markTold, takeUntold } from './issue-activity-repo.ts';
import { lockIssue } from './issue-repo.ts';
import type { issueResolvedMail } from './issue-resolved-mail.ts';
import { IssueNotFound, IssueResolved } from './problems.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly changes: Pick<Changes, 'publish'> };

/** Lets a person hear of an issue's end by mail (HLT-14), or no more. */
export async function followIssue(deps: Deps, actor: UserActor, id: IssueId, follow: boolean): Promise<void> {
  await transact(deps.db, async (tx) => {
    const issue = await lockIssue(tx, id);
    if (issue === undefined) throw new IssueNotFound(`There is no issue ${id}. Look at the list of issues.`);
    if (follow && issue.status === 'resolved')
      throw new IssueResolved(
        'This issue is resolved, so there is nothing left to hear of. If it recurs, follow it then.',
      );
    if (follow) await insertFollower(tx, { issue: id, user: actor.id, since: deps.clock.now() });
    else await deleteFollower(tx, id, actor.id);
    await deps.changes.publish(tx, id);
  });
}

type TellDeps = Pick<Deps, 'db' | 'clock'> & {
  readonly mail: MailSender;
  readonly issueResolved: ReturnType<typeof issueResolvedMail>;
};

/** Rows at once; the rest follow in further transactions. */
const BATCH = 50;

/** Tells the followers of issues that were resolved, however that came about. Where mail is off nobody is told. */
export async function tellFollowers(deps: TellDeps): Promise<void> {
  for (;;) {
    const told = await transact(deps.db, async (tx) => {
      const untold = await takeUntold(tx, BATCH);
      for (const { issue_id, user_id } of untold) {
        await markTold(tx, issue_id, user_id, deps.clock.now());
        await deps.mail.send(tx, deps.issueResolved, { userId: user_id, issueId: issue_id });
      }
      return untold.length;
    });
    if (told < BATCH) return;
  }
}
