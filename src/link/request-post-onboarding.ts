import type { Clock, Random } from '../kernel/index.ts';
import type { Tx } from '../platform/db/database.ts';
import type { Jobs } from '../platform/jobs/job.ts';
import { requestScan, type Side, type Subject } from '../scan/index.ts';

export const POST_ONBOARDING = 'post-onboarding';

/** Has the fresh connection of a record looked over, in the transaction that completes it (REG-82). */
export async function requestPostOnboarding(
  deps: { readonly clock: Clock; readonly random: Random; readonly jobs: Jobs },
  tx: Tx,
  side: Side,
  subject: Subject,
): Promise<void> {
  await requestScan(deps, tx, { suite: POST_ONBOARDING, side, subject, watch: true });
}
