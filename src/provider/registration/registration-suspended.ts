import { system } from '../../kernel/index.ts';
import { type Connection, writeActivity } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import type { ProviderDeps } from '../deps.ts';
import { registrationId } from './registration.ts';
import { findRegistration } from './registration-repo.ts';

/** The connection that a registration led to was suspended: its record says why. */
export async function registrationSuspended(
  deps: Pick<ProviderDeps, 'clock' | 'random' | 'changes'>,
  tx: Tx,
  { owner_id }: Connection,
  words: string,
): Promise<void> {
  const registration = registrationId.is(owner_id) ? await findRegistration(tx, owner_id) : undefined;
  if (registration === undefined) return;
  await writeActivity(deps, tx, registration.number, { kind: 'workNote', text: words, author: system('link') });
}
