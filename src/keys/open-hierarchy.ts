import type { webcrypto } from 'node:crypto';
import { err, ok, type Result } from '../kernel/index.ts';
import type { AccessPolicy } from './access-policy.ts';
import { importKey, kidOf, publicXOf } from './key-material.ts';
import { isAuthentic, rowsDigest } from './metadata-mac.ts';
import { algorithmFor, isModule, type KeyClass, keyClasses } from './module.ts';
import type { RootKeyError, RootProvider } from './root-provider.ts';
import type { AccessPolicyRow, KeyVersionRow, Rows } from './rows.ts';
import { classKeyContext, hmacKeyContext, keyContext, type LoadedKey, rootKeyContext, type Vault } from './vault.ts';
import { importWrappingKey, unwrap } from './wrap.ts';

type Fault = Pick<RootKeyError, 'cause' | 'remedy'>;

/** One attempt to open everything, each part with its own verdict. */
export type Opening = {
  /** Null when the root key was not asked for. */
  readonly rootKey: Result<void, Fault> | null;
  readonly hmacKey: Result<webcrypto.CryptoKey, Fault>;
  readonly classKeys: ReadonlyMap<KeyClass, Result<webcrypto.CryptoKey, Fault>>;
  readonly keys: ReadonlyMap<KeyVersionRow, Result<LoadedKey, Fault>>;
  /** Rows whose HMAC does not fit, by name, and what else differs. */
  readonly tampered: readonly string[];
  /** Null while nothing could be opened: the instance is sealed. */
  readonly vault: Vault | null;
};

const RESTORE = 'Restore the key tables from a backup, and find out who can write to the database.';
const NOT_TRIED: Fault = { cause: 'Not tried: the root key does not open.', remedy: 'Bring the root key back first.' };

/**
 * Opens the hierarchy of protocol.md D.1 from what is stored. `root`: ask the root key; without it, or when it fails, the
 * instance root key still in memory (`held`) opens the rest, so that a lost root key is told apart from broken rows.
 */
export async function openHierarchy(
  rows: Rows,
  root: RootProvider | null,
  held: webcrypto.CryptoKey | null,
): Promise<Opening> {
  const asked = root === null ? null : await openRoot(rows, root);
  const instanceRootKey = asked?.ok ? asked.value : held;
  const rootKey = asked === null ? null : asked.ok ? ok(undefined) : asked;
  if (instanceRootKey === null) return nothingOpened(rows, rootKey);

  const instance = rows.instance.instance_id;
  const hmacKey = await openHmacKey(rows, instanceRootKey);
  const classKeys = new Map(
    await Promise.all(keyClasses.map(async (name) => [name, await openClassKey(rows, name, instanceRootKey)] as const)),
  );
  if (!hmacKey.ok)
    return { rootKey, hmacKey, classKeys, keys: faultyKeys(rows, hmacKey.error), tampered: [], vault: null };

  const authentic = await judgeRows(rows, hmacKey.value);
  const keys = new Map<KeyVersionRow, Result<LoadedKey, Fault>>();
  for (const row of rows.keyVersions)
    keys.set(
      row,
      authentic.keyVersions.has(row)
        ? await openKeyVersion(instance, row, classKeys)
        : err({ cause: `The row of version ${row.version} was altered outside the program.`, remedy: RESTORE }),
    );
  return {
    rootKey,
    hmacKey,
    classKeys,
    keys,
    tampered: authentic.tampered,
    vault: {
      instanceId: instance,
      instanceRootKey,
      hmacKey: hmacKey.value,
      classKeys: new Map([...classKeys].flatMap(([name, key]) => (key.ok ? [[name, key.value] as const] : []))),
      keys: [...keys.values()].flatMap((key) => (key.ok ? [key.value] : [])),
      policies: authentic.policies.map(toPolicy),
      identity: {
        id: instance,
        genesis: rows.instance.genesis,
        log: rows.instance.succession_log,
        manifest: rows.instance.manifest,
        manifestSeq: rows.instance.manifest_seq,
      },
      revision: rows.instance.mac,
    },
  };
}

async function openRoot(rows: Rows, root: RootProvider): Promise<Result<webcrypto.CryptoKey, Fault>> {
  const context = rootKeyContext(rows.instance.instance_id);
  const opened = await root.unwrap(context, rows.instance.root_key);
  if (!opened.ok) return opened;
  const key = await importWrappingKey(opened.value);
  const elsewhere = await root.unwrap({ ...context, instance: `not-${context.instance}` }, rows.instance.root_key);
  if (!elsewhere.ok) return ok(key);
  elsewhere.value.fill(0);
  return err({
    cause: 'The root key opens a wrapping in a wrong context: the context is not authenticated.',
    remedy: 'Stop the instance; this installation of Node or of Liaise is not sound.',
  });
}

async function openHmacKey(
  rows: Rows,
  instanceRootKey: webcrypto.CryptoKey,
): Promise<Result<webcrypto.CryptoKey, Fault>> {
  const opened = await unwrap(instanceRootKey, hmacKeyContext(rows.instance.instance_id), rows.instance.hmac_key);
  return opened.ok
    ? ok(await importKey('HMAC-SHA-256', opened.value))
    : err({ cause: 'The instance HMAC key does not open: its wrapping was altered.', remedy: RESTORE });
}

async function openClassKey(
  rows: Rows,
  name: KeyClass,
  instanceRootKey: webcrypto.CryptoKey,
): Promise<Result<webcrypto.CryptoKey, Fault>> {
  const row = rows.classKeys.find((candidate) => candidate.class === name);
  if (row === undefined) return err({ cause: `There is no key-encryption key of class ${name}.`, remedy: RESTORE });
  const opened = await unwrap(instanceRootKey, classKeyContext(rows.instance.instance_id, name), row.wrapped);
  return opened.ok
    ? ok(await importWrappingKey(opened.value))
    : err({
        cause: `The key-encryption key of class ${name} does not open: its wrapping was altered.`,
        remedy: RESTORE,
      });
}

async function openKeyVersion(
  instance: string,
  row: KeyVersionRow,
  classKeys: Opening['classKeys'],
): Promise<Result<LoadedKey, Fault>> {
  if (!isModule(row.module)) return err({ cause: `No such module as ${row.module}.`, remedy: RESTORE });
  const classKey = classKeys.get(row.class);
  if (!classKey?.ok) return classKey ?? err({ cause: `No such class as ${row.class}.`, remedy: RESTORE });
  const { module, version, kid, state, public_x: publicX } = row;
  const algorithm = algorithmFor(module);
  const loaded = { module, version, kid, state, algorithm, publicX, deactivatedAt: row.deactivated_at };
  if (row.wrapped === null) return ok({ ...loaded, secret: null });
  const opened = await unwrap(classKey.value, keyContext(instance, module, version), row.wrapped);
  if (!opened.ok)
    return err({
      cause: `Version ${version} does not open: its wrapping was altered or belongs to another row.`,
      remedy: RESTORE,
    });
  if (algorithm === 'Ed25519' && (publicXOf(opened.value) !== publicX || kidOf(publicX) !== kid)) {
    opened.value.fill(0);
    return err({ cause: `The two halves of version ${version} do not belong together.`, remedy: RESTORE });
  }
  // What only waits (the next root key above all) is proved to open and then stays wrapped.
  if (state === 'generated') {
    opened.value.fill(0);
    return ok({ ...loaded, secret: null });
  }
  return ok({ ...loaded, secret: await importKey(algorithm, opened.value) });
}

async function judgeRows(rows: Rows, hmacKey: webcrypto.CryptoKey) {
  const keyVersions = new Set<KeyVersionRow>();
  const policies: AccessPolicyRow[] = [];
  const tampered: string[] = [];
  for (const row of rows.keyVersions)
    if (await isAuthentic(hmacKey, 'key_version', row)) keyVersions.add(row);
    else tampered.push(`key ${row.module} version ${row.version}`);
  for (const row of rows.policies)
    if (await isAuthentic(hmacKey, 'access_policy', row)) policies.push(row);
    else tampered.push(`access policy ${row.id}`);
  for (const row of rows.classKeys)
    if (!(await isAuthentic(hmacKey, 'class_key', row))) tampered.push(`class key ${row.class}`);
  if (!(await isAuthentic(hmacKey, 'instance', rows.instance))) tampered.push('instance row');
  else if (rows.instance.rows_digest !== digestOf(rows))
    tampered.push('the set of rows (one was removed or brought back)');
  return { keyVersions, policies, tampered };
}

export const digestOf = (rows: Omit<Rows, 'instance'>): string =>
  rowsDigest([...rows.classKeys, ...rows.keyVersions, ...rows.policies].map(({ mac }) => mac));

const toPolicy = (row: AccessPolicyRow): AccessPolicy => ({
  id: row.id,
  subject: row.subject,
  module: row.module,
  operations: row.operations,
  effect: row.effect,
  expiresAt: row.expires_at,
});

const faultyKeys = (rows: Rows, fault: Fault): Opening['keys'] =>
  new Map(rows.keyVersions.map((row) => [row, err(fault)] as const));

const nothingOpened = (rows: Rows, rootKey: Opening['rootKey']): Opening => ({
  rootKey,
  hmacKey: err(NOT_TRIED),
  classKeys: new Map(keyClasses.map((name) => [name, err(NOT_TRIED)] as const)),
  keys: faultyKeys(rows, NOT_TRIED),
  tampered: [],
  vault: null,
});
