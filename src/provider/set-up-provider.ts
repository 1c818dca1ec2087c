import { recordAudit } from '../audit/index.ts';
import type { Actor, Clock } from '../kernel/index.ts';
import type { Db } from '../platform/db/database.ts';
import { transact } from '../platform/db/transact.ts';
import { ProviderExists } from './problems.ts';
import { findProvider, insertProvider, type ProviderRecord } from './provider-repo.ts';

type Deps = { db: Db; clock: Clock; refreshManifest: () => Promise<void> };

/** Creates the one provider record (PRV-01, PRV-04). Saving the same name again changes nothing. */
export async function setUpProviderRecord(deps: Deps, actor: Actor, name: string): Promise<ProviderRecord> {
  const saved = await transact(deps.db, async (tx) => {
    const now = deps.clock.now();
    const record = { name, created_at: now, updated_at: now };
    if (await insertProvider(tx, record)) {
      await recordAudit(tx, { event: 'provider.provider-set-up', actor, subject: name, clock: deps.clock });
      return record;
    }
    const existing = await findProvider(tx);
    if (existing?.name === name) return existing;
    throw new ProviderExists(
      `This instance is the provider “${existing?.name}”. A second provider record was not created: an instance has one identity.`,
    );
  });
  // The record's name is what other instances are shown.
  await deps.refreshManifest();
  return saved;
}
