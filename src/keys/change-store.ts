import { type Clock, later } from '../kernel/index.ts';
import { type Tx, transact } from '../platform/db/index.ts';
import { MANIFEST_TYP, signManifest } from '../protocol/index.ts';
import { keyEvents } from './key-events.ts';
import { signBytes } from './key-material.ts';
import { type StoreKeys, withMac } from './key-versions.ts';
import type { KeysDeps, ManifestDetails } from './keys-deps.ts';
import { insertKeyVersion, insertPolicy, lockKeys, readRowsIn, updateInstance, updateKeyVersion } from './keys-repo.ts';
import { manifestContent, manifestDigest, RENEW_BEFORE_MS } from './manifest-content.ts';
import { macOfRow } from './metadata-mac.ts';
import { digestOf, openHierarchy } from './open-hierarchy.ts';
import { KeyActionRefused } from './problems.ts';
import type { AccessPolicyRow, InstanceRow, KeyVersionRow, Rows } from './rows.ts';
import { activeKey, type Vault } from './vault.ts';

export type StoreDeps = Pick<KeysDeps, 'db' | 'clock' | 'random' | 'changes'>;

/** The key store while one change is made to it, under the lock that all changes take. */
export type Draft = StoreKeys & {
  readonly tx: Tx;
  readonly now: Date;
  readonly keyVersions: readonly KeyVersionRow[];
  readonly policies: readonly AccessPolicyRow[];
  readonly instanceRow: InstanceRow;
  addKey(row: KeyVersionRow): Promise<void>;
  /** Replaces the row of the same module and version. */
  setKey(row: Omit<KeyVersionRow, 'mac'>): Promise<KeyVersionRow>;
  addPolicy(row: Omit<AccessPolicyRow, 'mac'>): Promise<void>;
  setInstance(change: Partial<InstanceRow>): void;
};

/** The name under which a change of the key store is announced to the other nodes. */
export const KEY_STORE = 'key-management';

/**
 * One change of the key store: every row verified, `change` made, the manifest signed again where it says something else
 * now, the set of rows and the instance row authenticated anew. Refused on tampered rows, since it would vouch for them.
 * `details` is asked for before the transaction.
 */
export async function changeStore<T>(
  deps: StoreDeps,
  vault: Vault,
  details: ManifestDetails | null,
  change: (draft: Draft) => Promise<T>,
): Promise<T> {
  return transact(deps.db, async (tx) => {
    await lockKeys(tx);
    const rows = await readRowsIn(tx);
    if (rows === null) throw new Error('the key store is empty');
    const { vault: stored, tampered } = await openHierarchy(rows, null, vault.instanceRootKey);
    if (stored === null || tampered.length > 0) throw tamperedStore(tampered);
    const now = deps.clock.now();
    const draft = draftOf(tx, stored, rows, now);
    const result = await change(draft);
    await renewManifest(draft, stored, details, deps.clock);
    await storeInstance(draft);
    await deps.changes?.publish(tx, KEY_STORE);
    return result;
  });
}

const tamperedStore = (tampered: readonly string[]): KeyActionRefused =>
  new KeyActionRefused(
    `The key store was altered outside the program (${tampered.join(', ') || 'the HMAC key does not open'}). Nothing was ` +
      'changed. Restore the key tables from a backup first; Key Management > Health says more.',
  );

function draftOf(tx: Tx, stored: Vault, rows: Rows, now: Date): Draft & { classKeyRows: Rows['classKeys'] } {
  const keys: StoreKeys = { instance: stored.instanceId, hmacKey: stored.hmacKey, classKeys: stored.classKeys };
  const keyVersions = [...rows.keyVersions];
  const policies = [...rows.policies];
  let instanceRow = rows.instance;
  return {
    ...keys,
    tx,
    now,
    classKeyRows: rows.classKeys,
    get keyVersions() {
      return keyVersions;
    },
    get policies() {
      return policies;
    },
    get instanceRow() {
      return instanceRow;
    },
    async addKey(row) {
      await insertKeyVersion(tx, row);
      keyVersions.push(row);
    },
    async setKey(row) {
      const changed = await withMac(keys, row);
      await updateKeyVersion(tx, changed);
      keyVersions[keyVersions.findIndex((old) => old.module === row.module && old.version === row.version)] = changed;
      return changed;
    },
    async addPolicy(row) {
      const policy = { ...row, mac: await macOfRow(keys.hmacKey, 'access_policy', row) };
      await insertPolicy(tx, policy);
      policies.push(policy);
    },
    setInstance(change) {
      instanceRow = { ...instanceRow, ...change };
    },
  };
}

async function renewManifest(
  draft: Draft,
  stored: Vault,
  details: ManifestDetails | null,
  clock: Clock,
): Promise<void> {
  if (details === null) return;
  const { now } = draft;
  const { manifest_digest: signedDigest, manifest_expires_at: expiresAt, manifest_seq: seq } = draft.instanceRow;
  const digest = manifestDigest(details, draft.keyVersions, now);
  if (digest === signedDigest && expiresAt !== null && later(now, RENEW_BEFORE_MS) < expiresAt) return;
  const root = activeKey(stored, 'sx.identity');
  if (root?.secret == null)
    throw new KeyActionRefused(
      'The identity key is not usable, so no manifest can be signed. Nothing was changed. See Key Management > Health.',
    );
  const { kid, secret } = root;
  const content = manifestContent({ instance: draft.instance, seq: seq + 1, details, keys: draft.keyVersions, now });
  const lease = async (typ: string) => {
    if (typ !== MANIFEST_TYP) throw new Error(`the root key signs no ${typ} here`);
    return { kid, sign: (input: Uint8Array) => signBytes(secret, input) };
  };
  draft.setInstance({
    manifest: await signManifest({ lease }, content),
    manifest_seq: content.seq,
    manifest_digest: digest,
    manifest_expires_at: new Date(content.exp * 1_000),
  });
  await keyEvents.manifestSigned(draft.tx, clock, draft.instance, content.seq);
}

async function storeInstance(draft: Draft & { classKeyRows: Rows['classKeys'] }): Promise<void> {
  const { classKeyRows: classKeys, keyVersions, policies } = draft;
  const row = { ...draft.instanceRow, rows_digest: digestOf({ classKeys, keyVersions, policies }) };
  await updateInstance(draft.tx, { ...row, mac: await macOfRow(draft.hmacKey, 'instance', row) });
}
