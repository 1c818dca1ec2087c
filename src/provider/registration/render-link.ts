import type { Db } from '../../platform/db/database.ts';
import { buildLink } from '../../protocol/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { findInvitation, type Invitation } from './invitation-repo.ts';
import { secretContext } from './make-invitation.ts';
import type { Registration } from './registration-repo.ts';

type Deps = Pick<ProviderDeps, 'clock' | 'inviteSealer'>;

/** Whether an invitation can still be imported and claimed. */
export const isUsable = (invitation: Invitation, now: Date): boolean =>
  invitation.state === 'live' && invitation.sealed_secret !== null && now < invitation.expires_at;

/** Puts the link together for who may read it; null when that generation is no longer valid. Never store the answer. */
export async function renderLink(
  deps: Deps,
  db: Db,
  registration: Pick<Registration, 'id' | 'url'>,
  generation: number,
): Promise<string | null> {
  const invitation = await findInvitation(db, registration.id, generation);
  if (invitation === undefined || invitation.sealed_secret === null || !isUsable(invitation, deps.clock.now()))
    return null;
  const secret = await deps.inviteSealer.open(secretContext(invitation), invitation.sealed_secret);
  return buildLink({ consumerOrigin: registration.url, invite: invitation.statement, secret });
}
