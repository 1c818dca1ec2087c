import { type Actor, InvalidInput } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { type KeyBackup, recipientId, sealKeyBackup } from './key-backup.ts';
import { writeBackupContent } from './key-backup-content.ts';
import { keyEvents } from './key-events.ts';
import type { KeysDeps } from './keys-deps.ts';
import { lockKeys, readRowsIn } from './keys-repo.ts';
import { openHierarchy } from './open-hierarchy.ts';
import { KeyActionRefused } from './problems.ts';
import type { RootProvider } from './root-provider.ts';
import { rootKeyContext } from './vault.ts';

type ExportDeps = Pick<KeysDeps, 'db' | 'clock'> & { readonly roots: RootProvider };

export type ExportAsked = { readonly recipient: string; readonly reason: string; readonly confirm: string };

/** All keys, sealed to a recipient who is elsewhere: whoever holds the other half of `recipient` can be this instance. */
export async function exportKeys(
  { db, clock, roots }: ExportDeps,
  actor: Actor,
  { recipient, reason, confirm }: ExportAsked,
): Promise<KeyBackup> {
  if (confirm !== 'export') throw notExported('confirm', 'Type "export" to confirm.');
  return transact(db, async (tx) => {
    await lockKeys(tx);
    const rows = await readRowsIn(tx);
    if (rows === null) throw new Error('the key store is empty');
    const { rootKey, tampered, vault } = await openHierarchy(rows, roots, null);
    if (vault === null || rootKey?.ok === false || tampered.length > 0)
      throw new KeyActionRefused(
        'The keys do not open from their root key, or were altered outside the program, so a backup of them would be ' +
          'worthless. Nothing was exported. Key Management > Health says what is wrong.',
      );
    const { instance_id: instance, root_key: wrapped } = rows.instance;
    const opened = await roots.unwrap(rootKeyContext(instance), wrapped);
    if (!opened.ok) throw new KeyActionRefused(`${opened.error.cause} Nothing was exported. ${opened.error.remedy}`);
    const content = writeBackupContent({ instanceRootKey: opened.value, rows });
    opened.value.fill(0);
    const backup = await sealKeyBackup({ instance, createdAt: clock.now(), recipient, content });
    content.fill(0);
    if (!backup.ok)
      throw notExported(
        'recipient',
        'Paste the whole line that npm run keys:recipient has printed; this is no such key.',
      );
    await keyEvents.exported(tx, clock, actor, { recipient: recipientId(recipient), reason });
    return backup.value;
  });
}

const notExported = (field: string, message: string): InvalidInput =>
  new InvalidInput(`${message} Nothing was exported.`, { fields: [{ field, message }] });
