import type { UserActor } from '../../kernel/index.ts';
import { compareSafetyNumber, writeActivity } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { findReadable } from './find-readable.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes' | 'ownFingerprint'>;

/** Notes that this person and the consumer have read each other the same digits. */
export async function confirmSafetyNumber(deps: Deps, actor: UserActor, number: string, digits: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await findReadable(tx, actor, number);
    await compareSafetyNumber(deps, tx, { peer: registration.instance_id, digits, actor });
    await providerEvent(deps, tx, 'safety-number-compared', {
      actor,
      number,
      detail: { peer: registration.instance_id },
    });
    const text = 'The safety number was compared with the consumer by phone: both sides read the same digits.';
    await writeActivity(deps, tx, number, { kind: 'workNote', text, author: actor });
  });
}
