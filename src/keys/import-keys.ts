import { err, MINUTE_MS, ok, type Result, system } from '../kernel/index.ts';
import { type Tx, transact } from '../platform/db/index.ts';
import { currentRoot, type InstanceId, instanceIdOf } from '../protocol/index.ts';
import { keyBackup, recipientKey } from './contract.ts';
import { openKeyBackup } from './key-backup.ts';
import { readBackupContent } from './key-backup-content.ts';
import { keyEvents } from './key-events.ts';
import type { KeysDeps } from './keys-deps.ts';
import {
  insertClassKey,
  insertInstance,
  insertKeyVersion,
  insertPolicy,
  lockKeys,
  readRowsIn,
  updateInstance,
} from './keys-repo.ts';
import { macOfRow } from './metadata-mac.ts';
import { type Opening, openHierarchy } from './open-hierarchy.ts';
import { KeyBackupRefused } from './problems.ts';
import type { RootKeyError, RootProvider } from './root-provider.ts';
import { rootsOf } from './roots-of.ts';
import type { InstanceRow, Rows } from './rows.ts';
import { rootKeyContext, type Vault } from './vault.ts';
import { importWrappingKey } from './wrap.ts';

type ImportDeps = Pick<
  KeysDeps,
  'db' | 'clock' | 'random' | 'files' | 'rootKeyFile' | 'rootKeyProvider' | 'passphraseFile'
>;

type ImportAsked = {
  /** The file of the backup and the recipient's key, as they were read. */
  readonly backup: unknown;
  readonly recipient: unknown;
  /** The instance that is to be restored, as the administrator knows it: anybody can seal keys to a public key. */
  readonly instance: string;
  /** The new root key, where it is a passphrase that a person brings. */
  readonly passphrase?: string;
};

export type ImportedKeys = {
  readonly instance: InstanceId;
  /** All keys into a database without any; only a new root key for those that are there; or it opens them already. */
  readonly restored: 'all-keys' | 'root-key' | 'nothing';
};

/**
 * Brings keys back from a backup, under the root key of these settings, in one transaction. A database that holds the same
 * instance keeps its own records and only gets a root key that opens them.
 */
export async function importKeys(deps: ImportDeps, asked: ImportAsked): Promise<ImportedKeys> {
  const { db, clock, random } = deps;
  const found = await openBackup(asked);
  try {
    const roots = rootsOf(deps);
    if (asked.passphrase !== undefined) await roots.unlock?.(asked.passphrase, null, random);
    const key = await importWrappingKey(Buffer.from(found.instanceRootKey));
    const { instance_id: instance } = found.rows.instance;
    const vault = await proved(found.rows, key);
    return await transact(db, async (tx) => {
      await lockKeys(tx);
      const stored = await readRowsIn(tx);
      if (stored !== null && stored.instance.instance_id !== instance)
        throw new KeyBackupRefused(
          `The database belongs to another instance, ${stored.instance.instance_id}. ${NOTHING} Give an empty database, or the ` +
            'one that belongs to the backup.',
        );
      const present = stored === null ? null : await openHierarchy(stored, null, key);
      if (present !== null && (present.vault === null || !isWhole(present)))
        throw new KeyBackupRefused(
          `The keys in the database were altered, or do not open with the key of the backup. ${NOTHING} Restore the database ` +
            'from a backup of it, or start with an empty one.',
        );
      if (stored !== null && (await roots.unwrap(rootKeyContext(instance), stored.instance.root_key)).ok)
        return { instance, restored: 'nothing' };
      const wrapped = await wrapAnew(roots, instance, found.instanceRootKey, random);
      if (!wrapped.ok) throw new KeyBackupRefused(`${wrapped.error.cause} ${NOTHING} ${wrapped.error.remedy}`);
      const held = present?.vault ?? vault;
      const instanceRow = stored === null ? aheadOfPeers(found.rows.instance, clock.now()) : stored.instance;
      const row = await withRootKey(instanceRow, held, wrapped.value);
      if (stored === null) await insertAll(tx, { ...found.rows, instance: row });
      else await updateInstance(tx, row);
      const restored = stored === null ? 'all-keys' : 'root-key';
      await keyEvents.imported(tx, clock, system('keys'), instance, { restored, rootKey: roots.kind });
      return { instance, restored };
    });
  } finally {
    found.instanceRootKey.fill(0);
  }
}

const NOTHING = 'Nothing was imported.';

async function openBackup({ backup, recipient, instance }: ImportAsked) {
  const [file, key] = [keyBackup.safeParse(backup), recipientKey.safeParse(recipient)];
  if (!file.success) throw new KeyBackupRefused(`The file is not a backup of keys, or not a whole one. ${NOTHING}`);
  if (!key.success)
    throw new KeyBackupRefused(`The recipient's file is not one that npm run keys:recipient made. ${NOTHING}`);
  if (file.data.instance !== instance)
    throw new KeyBackupRefused(
      `The backup is of ${file.data.instance}, and ${instance} is to be restored. ${NOTHING} Take the backup of that instance.`,
    );
  const opened = await openKeyBackup(file.data, key.data);
  if (!opened.ok)
    throw new KeyBackupRefused(
      opened.error === 'another-recipient'
        ? `The backup was made for another recipient, ${file.data.recipient}. ${NOTHING} Take the key that belongs to it.`
        : `The backup does not open: it was altered or damaged. ${NOTHING} Take another copy of it.`,
    );
  const content = readBackupContent(opened.value);
  opened.value.fill(0);
  if (content.ok && content.value.rows.instance.instance_id === instance) return content.value;
  throw new KeyBackupRefused(`The backup opens, but does not hold the keys of ${instance}. ${NOTHING}`);
}

/** Only whoever had the private identity key can have made records that open to it: a backup that was made up has not. */
async function proved(rows: Rows, key: Awaited<ReturnType<typeof importWrappingKey>>): Promise<Vault> {
  const { instance_id: instance, genesis, succession_log: log } = rows.instance;
  const opening = await openHierarchy(rows, null, key);
  const root = instanceIdOf(genesis) === instance ? await currentRoot(instance, genesis, log) : err('bad-log');
  const isIdentity = opening.vault?.keys.some(
    ({ module, secret, publicX }) => module === 'sx.identity' && secret !== null && root.ok && publicX === root.value.x,
  );
  if (opening.vault !== null && isWhole(opening) && isIdentity === true) return opening.vault;
  throw new KeyBackupRefused(
    `The backup opens, but its keys are not those of ${instance}, or not all of them are whole. ${NOTHING} Do not trust whoever ` +
      'gave it.',
  );
}

const isWhole = ({ tampered, keys, classKeys }: Opening): boolean =>
  tampered.length === 0 && [...keys.values(), ...classKeys.values()].every(({ ok: opens }) => opens);

async function wrapAnew(
  roots: RootProvider,
  instance: string,
  instanceRootKey: Buffer,
  random: KeysDeps['random'],
): Promise<Result<string, RootKeyError>> {
  const ensured = await roots.ensure(random);
  if (!ensured.ok) return ensured;
  const wrapped = await roots.wrap(rootKeyContext(instance), instanceRootKey, random);
  return wrapped.ok ? ok(wrapped.value) : wrapped;
}

/**
 * Peers may have seen manifests that were signed after the backup, and take an instance with a lower number for one that was
 * rolled back. How far the count had come nobody knows here, but it grows by one with each change of the keys and so stays far
 * below the minutes since 1970; from there it goes on counting. The manifest of the backup is dropped, since it has the old
 * number: the first start signs one that says what is true now.
 */
function aheadOfPeers(row: InstanceRow, now: Date): InstanceRow {
  const manifest_seq = Math.max(row.manifest_seq, Math.floor(now.getTime() / MINUTE_MS));
  return { ...row, manifest: null, manifest_seq, manifest_digest: null, manifest_expires_at: null };
}

async function withRootKey(instance: InstanceRow, { hmacKey }: Vault, wrapped: string): Promise<InstanceRow> {
  const row = { ...instance, root_key: wrapped };
  return { ...row, mac: await macOfRow(hmacKey, 'instance', row) };
}

async function insertAll(tx: Tx, { instance, classKeys, keyVersions, policies }: Rows): Promise<void> {
  await insertInstance(tx, instance);
  for (const row of classKeys) await insertClassKey(tx, row);
  for (const row of keyVersions) await insertKeyVersion(tx, row);
  for (const row of policies) await insertPolicy(tx, row);
}
