import type { UserActor } from '../kernel/index.ts';
import { compareSafetyNumber, writeActivity } from '../link/index.ts';
import { transact } from '../platform/db/index.ts';
import { consumerEvent } from './consumer-events.ts';
import type { ConsumerDeps } from './deps.ts';
import { ProviderConnectionNotFound } from './problems.ts';
import { findProviderConnectionByNumber } from './provider-connection-repo.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'changes' | 'ownFingerprint'>;

/** Notes that this person and the provider have read each other the same digits. */
export async function confirmSafetyNumber(deps: Deps, actor: UserActor, number: string, digits: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const record = await findProviderConnectionByNumber(tx, number);
    if (record === undefined) throw new ProviderConnectionNotFound(number);
    const peer = record.provider_instance_id;
    await compareSafetyNumber(deps, tx, { peer, digits, actor });
    await consumerEvent(deps, tx, 'safety-number-compared', { actor, number, detail: { peer } });
    const text = 'The safety number was compared with the provider by phone: both sides read the same digits.';
    await writeActivity(deps, tx, number, { kind: 'workNote', text, author: actor });
  });
}
