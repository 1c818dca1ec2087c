import type { Actor } from '../kernel/index.ts';
import type { Draft } from './change-store.ts';
import { keyEvents } from './key-events.ts';
import { publicXOf } from './key-material.ts';
import type { ManagementDeps } from './manage-keys.ts';
import { KeyActionRefused, RecoveryFileRefused } from './problems.ts';
import { openRecoveryFile, type RecoveryFile, sealRecoveryFile } from './recovery-file.ts';
import type { KeyVersionRow } from './rows.ts';
import { keyContext } from './vault.ts';
import { unwrap } from './wrap.ts';

/** Seals the next root key for the person who asks. It stays here until that person proves to have kept the file. */
export async function makeRecoveryFile(deps: ManagementDeps, actor: Actor, passphrase: string): Promise<RecoveryFile> {
  const { seed, kid, instance } = await deps.change(async (draft) => {
    const next = nextRoot(draft);
    await keyEvents.recoveryFile(draft.tx, deps.clock, actor, 'made', next.kid);
    return { seed: await seedOf(draft, next), kid: next.kid, instance: draft.instance };
  });
  const file = await sealRecoveryFile({ instance, kid, createdAt: deps.clock.now(), seed, passphrase }, deps.random);
  seed.fill(0);
  return file;
}

export async function confirmRecoveryFile(
  deps: ManagementDeps,
  actor: Actor,
  passphrase: string,
  file: RecoveryFile,
): Promise<Date> {
  const opened = await openRecoveryFile(file, passphrase);
  if (!opened.ok)
    throw new RecoveryFileRefused(
      'The file does not open with this passphrase, or it was altered. The next root key is still on the instance. Try the ' +
        'passphrase again, or download a new file.',
    );
  const publicX = publicXOf(opened.value);
  opened.value.fill(0);
  return deps.change(async (draft) => {
    const next = nextRoot(draft);
    if (file.instance !== draft.instance || publicX !== next.public_x)
      throw new RecoveryFileRefused(
        'The file opens, but it does not hold the next root key of this instance: it belongs to another instance or an earlier ' +
          'time. The next root key is still on the instance. Download a new file.',
      );
    await draft.setKey({ ...next, wrapped: null });
    draft.setInstance({ recovery_file_confirmed_at: draft.now });
    await keyEvents.recoveryFile(draft.tx, deps.clock, actor, 'confirmed', next.kid);
    return draft.now;
  });
}

type KeptKey = KeyVersionRow & { readonly wrapped: string };

function nextRoot({ keyVersions }: Draft): KeptKey {
  const next = keyVersions.find(({ module, state }) => module === 'sx.identity' && state === 'generated');
  if (next === undefined || next.wrapped === null)
    throw new KeyActionRefused(
      'The next root key is not on this instance any more: a recovery file was confirmed. Nothing was changed. The file and ' +
        'its passphrase are the only way to it.',
    );
  return { ...next, wrapped: next.wrapped };
}

async function seedOf(draft: Draft, next: KeptKey): Promise<Buffer> {
  const classKey = draft.classKeys.get(next.class);
  const opened =
    classKey && (await unwrap(classKey, keyContext(draft.instance, 'sx.identity', next.version), next.wrapped));
  if (opened?.ok) return opened.value;
  throw new KeyActionRefused(
    'The next root key does not open, so no recovery file was made. See Key Management > Health.',
  );
}
