import { actorName, type Clock, Conflict, type UserActor } from '../kernel/index.ts';
import type { Db, Tx } from '../platform/db/database.ts';
import type { InstanceId } from '../protocol/index.ts';
import { findSafetyComparison, keepSafetyComparison } from './safety-comparison-repo.ts';
import { type OwnFingerprint, safetyNumberWith } from './safety-number-with.ts';

/** What a person says: these digits I have heard from the other side. */
type Compared = { readonly peer: InstanceId | null; readonly digits: string; readonly actor: UserActor };

const bare = (digits: string): string => digits.replaceAll(/\s/g, '');

/**
 * Keeps who compared the safety number, and when. The digits are sent along and must be those of this moment: what somebody
 * has compared may have been replaced while they were on the phone.
 */
export async function compareSafetyNumber(
  deps: { readonly clock: Clock; readonly ownFingerprint: OwnFingerprint },
  tx: Tx,
  { peer, digits, actor }: Compared,
): Promise<void> {
  const present = await safetyNumberWith(tx, deps.ownFingerprint, peer);
  if (peer === null || present === null || bare(present) !== bare(digits))
    throw new Conflict(
      'This is not the safety number of this moment. Nothing was noted. Compare the digits that the record shows now.',
    );
  await keepSafetyComparison(tx, {
    peer_instance_id: peer,
    safety_number: present,
    compared_by: actorName(actor),
    compared_at: deps.clock.now(),
  });
}

/** Null while nobody has compared the digits that the record shows now. */
export async function safetyComparisonWith(db: Db, own: OwnFingerprint, peer: InstanceId | null) {
  const row = peer === null ? undefined : await findSafetyComparison(db, peer);
  if (row === undefined || row.safety_number !== (await safetyNumberWith(db, own, peer))) return null;
  return { by: row.compared_by, at: row.compared_at.toISOString() };
}
