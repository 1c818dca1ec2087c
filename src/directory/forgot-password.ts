import { z } from 'zod';
import { recordAudit } from '../audit/index.ts';
import { type Clock, system, userId } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { defineJob, handler, type JobHandler, type Jobs } from '../platform/jobs/index.ts';
import type { MailSender } from '../platform/mail/index.ts';
import { countAttempt } from './count-attempt.ts';
import { isDeliverableAddress } from './email-address.ts';
import { MailOff, TooManyAttempts } from './problems.ts';
import type { SignInLinkMail } from './sign-in-link-mail.ts';
import { byAddress, byForgotten } from './throttle.ts';
import { activeUsersByEmail, findUserByUsername } from './user-repo.ts';

/** People who share one address each get a link; more than this many is no longer a person's mailbox. */
const MOST_PEOPLE = 5;

/** Sent whether or not somebody was found: the time of the answer tells nothing, and nor does the queue's length. */
const passwordForgotten = defineJob({
  name: 'directory.password-forgotten',
  payload: z.object({ userIds: z.array(userId.schema).max(MOST_PEOPLE), address: z.string() }),
});

type Deps = { readonly db: Db; readonly clock: Clock; readonly jobs: Jobs; readonly mail: MailSender };

/**
 * Mails a one-time link to whoever has this username or e-mail address; silent about whether anybody has.
 * Throws MailOff, and TooManyAttempts by the caller's address only.
 */
export async function forgotPassword(deps: Deps, usernameOrEmail: string, address: string): Promise<void> {
  if (!deps.mail.on) throw new MailOff();
  await countAttempt(deps, [byAddress(address)]);
  const silenced = await countAttempt(deps, [byForgotten(usernameOrEmail)]).then(
    () => false,
    (error: unknown) => {
      if (error instanceof TooManyAttempts) return true;
      throw error;
    },
  );
  const typed = usernameOrEmail.trim();
  const named = await findUserByUsername(deps.db, typed);
  const addressed = await activeUsersByEmail(deps.db, typed, MOST_PEOPLE);
  const people = named === null ? addressed : [named];
  const userIds = silenced
    ? []
    : people.filter((user) => user.active && isDeliverableAddress(user.email)).map((user) => user.id);
  await transact(deps.db, (tx) => deps.jobs.send(tx, passwordForgotten, { userIds, address }));
}

export const passwordForgottenHandler = (
  deps: Pick<Deps, 'db' | 'clock' | 'mail'> & { readonly signInLinkMail: SignInLinkMail },
): JobHandler =>
  handler(passwordForgotten, async ({ userIds, address }) => {
    await transact(deps.db, async (tx) => {
      for (const id of userIds) {
        await deps.mail.send(tx, deps.signInLinkMail, { userId: id, askedBy: 'person' });
        await recordAudit(tx, {
          event: 'directory.sign-in-link-asked',
          actor: system('forgot-password'),
          subject: id,
          detail: { address },
          clock: deps.clock,
        });
      }
    });
  });
