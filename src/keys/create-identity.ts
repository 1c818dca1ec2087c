import { ok, type Result } from '../kernel/index.ts';
import { type Tx, transact } from '../platform/db/index.ts';
import { createGenesis, instanceIdOf } from '../protocol/index.ts';
import { firstPolicies } from './first-policies.ts';
import { keyEvents } from './key-events.ts';
import { importKey, KEY_BYTES, publicJwk, publicXOf } from './key-material.ts';
import { newKeyVersion, type StoreKeys } from './key-versions.ts';
import type { KeysDeps } from './keys-deps.ts';
import { insertClassKey, insertInstance, insertKeyVersion, insertPolicy, lockKeys, readRowsIn } from './keys-repo.ts';
import { macOfRow } from './metadata-mac.ts';
import { keyClasses, moduleNames, operations } from './module.ts';
import { digestOf } from './open-hierarchy.ts';
import type { RootKeyError, RootProvider } from './root-provider.ts';
import type { AccessPolicyRow, ClassKeyRow, KeyVersionRow } from './rows.ts';
import { classKeyContext, hmacKeyContext, rootKeyContext } from './vault.ts';
import { importWrappingKey, wrap } from './wrap.ts';

type Deps = Pick<KeysDeps, 'db' | 'clock' | 'random'>;

const FIRST = 'made by the instance at its first start';

/**
 * Gives a database without keys its identity: root key file, both root keys, the hierarchy, the first key of every module,
 * the access policies. True when this call made it, false when there was one already (another node may have been faster).
 */
export async function createIdentity(deps: Deps, root: RootProvider): Promise<Result<boolean, RootKeyError>> {
  return transact(deps.db, async (tx) => {
    await lockKeys(tx);
    if ((await readRowsIn(tx)) !== null) return ok(false);
    // The root key is durable before anything that it wraps is: the other way round, a crash would lose the identity.
    const ensured = await root.ensure(deps.random);
    if (!ensured.ok) return ensured;
    return writeIdentity(deps, tx, root);
  });
}

async function writeIdentity(deps: Deps, tx: Tx, root: RootProvider): Promise<Result<boolean, RootKeyError>> {
  const { random } = deps;
  const now = deps.clock.now();
  const rootSeeds = [random.bytes(KEY_BYTES), random.bytes(KEY_BYTES)] as const;
  const genesis = createGenesis({
    root: publicJwk(publicXOf(rootSeeds[0])),
    nextRoot: publicJwk(publicXOf(rootSeeds[1])),
    createdAt: now,
    salt: random.bytes(16).toString('base64url'),
  });
  const instance = instanceIdOf(genesis);

  const instanceRootBytes = random.bytes(KEY_BYTES);
  const wrappedRoot = await root.wrap(rootKeyContext(instance), instanceRootBytes, random);
  if (!wrappedRoot.ok) return wrappedRoot;
  const instanceRootKey = await importWrappingKey(instanceRootBytes);
  const hmacBytes = random.bytes(KEY_BYTES);
  const wrappedHmac = await wrap(instanceRootKey, hmacKeyContext(instance), hmacBytes, random);
  const hmacKey = await importKey('HMAC-SHA-256', hmacBytes);

  const classKeys: StoreKeys['classKeys'] = new Map();
  const store = { instance, hmacKey, classKeys } satisfies StoreKeys;
  const classKeyRows: ClassKeyRow[] = [];
  for (const name of keyClasses) {
    const bytes = random.bytes(KEY_BYTES);
    const row = {
      class: name,
      wrapped: await wrap(instanceRootKey, classKeyContext(instance, name), bytes, random),
      created_at: now,
    };
    (classKeys as Map<typeof name, typeof instanceRootKey>).set(name, await importWrappingKey(bytes));
    classKeyRows.push({ ...row, mac: await macOfRow(hmacKey, 'class_key', row) });
  }

  const keyVersions: KeyVersionRow[] = [];
  const [first, next] = rootSeeds;
  for (const module of moduleNames) {
    const secret = module === 'sx.identity' ? { secret: first } : {};
    keyVersions.push(
      await newKeyVersion(store, random, { module, version: 1, state: 'active', now, reason: FIRST, ...secret }),
    );
  }
  keyVersions.push(
    await newKeyVersion(store, random, {
      module: 'sx.identity',
      version: 2,
      state: 'generated',
      now,
      reason: FIRST,
      secret: next,
    }),
  );
  const policies = await Promise.all(
    missingPolicies([]).map(async (policy): Promise<AccessPolicyRow> => {
      const row = { ...policy, created_at: now };
      return { ...row, mac: await macOfRow(hmacKey, 'access_policy', row) };
    }),
  );

  const instanceRow = {
    instance_id: instance,
    genesis,
    succession_log: [],
    root_key: wrappedRoot.value,
    hmac_key: wrappedHmac,
    manifest: null,
    manifest_seq: 0,
    manifest_digest: null,
    manifest_expires_at: null,
    recovery_file_confirmed_at: null,
    active_days: null,
    rows_digest: digestOf({ classKeys: classKeyRows, keyVersions, policies }),
    created_at: now,
  };
  await insertInstance(tx, { ...instanceRow, mac: await macOfRow(hmacKey, 'instance', instanceRow) });
  for (const row of classKeyRows) await insertClassKey(tx, row);
  for (const row of keyVersions) await insertKeyVersion(tx, row);
  for (const row of policies) await insertPolicy(tx, row);
  await keyEvents.identityCreated(tx, deps.clock, instance);
  return ok(true);
}

/** First policies that the store has never had; a policy somebody changed or narrowed keeps its id and stays as it is. */
export function missingPolicies(ids: readonly string[]): Omit<AccessPolicyRow, 'mac' | 'created_at'>[] {
  return Object.entries(firstPolicies).flatMap(([subject, grants]) =>
    Object.entries(grants).flatMap(([module, granted]) => {
      const id = `first:${subject}:${module}`;
      if (ids.includes(id)) return [];
      const ordered = operations.filter((operation) => granted.includes(operation));
      return [
        { id, subject, module, operations: ordered, effect: 'track' as const, expires_at: null, created_by: 'system' },
      ];
    }),
  );
}
