import { recordAudit } from '../audit/index.ts';
import type { Clock, Random, UserActor, UserId } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { MailSender } from '../platform/mail/index.ts';
import { noSuchPerson } from './change-user.ts';
import { isDeliverableAddress } from './email-address.ts';
import { rolesNow } from './give-roles.ts';
import { PersonInactive, PersonOutOfReach } from './problems.ts';
import { lockRoles } from './role-repo.ts';
import { firstOutOfReach, giversOf } from './role-rules.ts';
import { makeSignInLink } from './sign-in-link.ts';
import type { SignInLinkMail } from './sign-in-link-mail.ts';
import { deleteSignInLinksOf } from './sign-in-link-repo.ts';
import { findUser, lockUser } from './user-repo.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly publicUrl: URL | null;
  readonly mail: MailSender;
  readonly signInLinkMail: SignInLinkMail;
};

/** `link` is null when it is mailed; else it is given here and never again. */
export type SentLink = { readonly mailed: boolean; readonly link: string | null; readonly expiresAt: Date | null };

/** A new link replaces the person's earlier ones. Throws NotFound, PersonInactive, PersonOutOfReach. */
export async function sendSignInLink(deps: Deps, actor: UserActor, id: UserId): Promise<SentLink> {
  return transact(deps.db, async (tx) => {
    await lockRoles(tx);
    await lockUser(tx, id);
    const user = await findUser(tx, id);
    if (user === null) throw noSuchPerson();
    if (!user.active) throw new PersonInactive();
    const beyond = firstOutOfReach(await rolesNow(tx, actor), user.roles);
    if (beyond !== undefined) throw new PersonOutOfReach(beyond, giversOf(beyond));

    await deleteSignInLinksOf(tx, id);
    const mailed = deps.mail.on && isDeliverableAddress(user.email);
    await recordAudit(tx, {
      event: 'directory.sign-in-link-created',
      actor,
      subject: id,
      detail: { mailed },
      clock: deps.clock,
    });
    if (!mailed) return { mailed, ...(await makeSignInLink(tx, deps, id)) };
    await deps.mail.send(tx, deps.signInLinkMail, { userId: id, askedBy: 'administrator' });
    return { mailed, link: null, expiresAt: null };
  });
}
