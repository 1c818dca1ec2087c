import { contactsHolding } from '../../directory/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { type Db, transact } from '../../platform/db/index.ts';
import type { MailSender } from '../../platform/mail/index.ts';
import type { errorDigestMail } from './error-digest-mail.ts';
import { markDigested } from './error-repo.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly mail: MailSender;
  readonly errorDigest: ReturnType<typeof errorDigestMail>;
};

/** One mail to each Service Exchange administrator when anything new came since the last one (ERR-05). */
export async function sendDigest(deps: Deps): Promise<void> {
  const digest = deps.clock.now();
  await transact(deps.db, async (tx) => {
    if ((await markDigested(tx, digest)) === 0) return;
    for (const { id, email } of await contactsHolding(tx, 'sn_sb.admin')) {
      if (email !== null) await deps.mail.send(tx, deps.errorDigest, { userId: id, digest: digest.toISOString() });
    }
  });
}
