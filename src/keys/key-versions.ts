import type { webcrypto } from 'node:crypto';
import { DAY_MS, later, type Random } from '../kernel/index.ts';
import type { InstanceId } from '../protocol/index.ts';
import { KEY_BYTES, kidOf, publicXOf } from './key-material.ts';
import { macOfRow } from './metadata-mac.ts';
import { algorithmFor, type KeyClass, type ModuleName, specOf } from './module.ts';
import type { KeyVersionRow } from './rows.ts';
import { keyContext } from './vault.ts';
import { wrap } from './wrap.ts';

/** What it takes to write a row of the key store. */
export type StoreKeys = {
  readonly instance: InstanceId;
  readonly hmacKey: webcrypto.CryptoKey;
  readonly classKeys: ReadonlyMap<KeyClass, webcrypto.CryptoKey>;
};

type NewKey = {
  readonly module: ModuleName;
  readonly version: number;
  readonly state: 'generated' | 'active';
  readonly now: Date;
  readonly reason: string;
  /** How long it is in use, where not as its module says. */
  readonly activeDays?: number;
  /** Made elsewhere: the two root keys exist before the instance has its id. */
  readonly secret?: Buffer;
};

/** Makes a key, wraps it and zeroises the plain bytes. The row is ready to be stored. */
export async function newKeyVersion(store: StoreKeys, random: Random, input: NewKey): Promise<KeyVersionRow> {
  const { module, version, state, now, reason } = input;
  const spec = specOf(module);
  const { activeDays = spec.activeDays } = input;
  const algorithm = algorithmFor(module);
  const classKey = store.classKeys.get(spec.class);
  if (classKey === undefined) throw new Error(`no key-encryption key of class ${spec.class} is open`);
  const secret = input.secret ?? random.bytes(KEY_BYTES);
  const publicX = algorithm === 'Ed25519' ? publicXOf(secret) : null;
  const wrapped = await wrap(classKey, keyContext(store.instance, module, version), secret, random);
  secret.fill(0);
  return withMac(store, {
    module,
    version,
    kid: publicX === null ? `${module}#${version}` : kidOf(publicX),
    state,
    algorithm,
    class: spec.class,
    public_x: publicX,
    wrapped,
    generated_at: now,
    activated_at: state === 'active' ? now : null,
    renewed_at: null,
    suspended_at: null,
    rotated_at: null,
    deactivated_at: null,
    compromised_at: null,
    destroyed_at: null,
    expires_at: state === 'active' ? later(now, activeDays * DAY_MS) : null,
    reason,
  });
}

export const withMac = async (store: StoreKeys, row: Omit<KeyVersionRow, 'mac'>): Promise<KeyVersionRow> => ({
  ...row,
  mac: await macOfRow(store.hmacKey, 'key_version', row),
});
