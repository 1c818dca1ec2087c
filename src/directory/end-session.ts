import { recordAudit } from '../audit/index.ts';
import type { Clock } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { LiveSession } from './authenticate.ts';
import { deleteSession } from './session-repo.ts';
import { personActor } from './user-actor.ts';

/** Signs one browser out. */
export async function endSession(
  deps: { readonly db: Db; readonly clock: Clock },
  { user, session }: LiveSession,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    await deleteSession(tx, session.tokenHash);
    await recordAudit(tx, {
      event: 'directory.signed-out',
      actor: personActor(user, session.authenticatedAt),
      subject: user.id,
      clock: deps.clock,
    });
  });
}
