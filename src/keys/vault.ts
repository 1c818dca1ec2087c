import type { webcrypto } from 'node:crypto';
import type { InstanceId } from '../protocol/index.ts';
import type { AccessPolicy } from './access-policy.ts';
import type { KeyState } from './key-state.ts';
import type { Identity } from './keys.ts';
import { type Algorithm, algorithmFor, type KeyClass, type ModuleName, specOf } from './module.ts';
import type { WrapContext } from './wrap.ts';

/** One key version in memory. `secret` is not extractable; null where the private part is destroyed or kept elsewhere. */
export type LoadedKey = {
  readonly module: ModuleName;
  readonly version: number;
  readonly kid: string;
  readonly state: KeyState;
  readonly algorithm: Algorithm;
  readonly publicX: string | null;
  readonly deactivatedAt: Date | null;
  readonly secret: webcrypto.CryptoKey | null;
};

/** What an unsealed instance holds in memory: enough to serve without the database and without the root key. */
export type Vault = {
  readonly instanceId: InstanceId;
  readonly instanceRootKey: webcrypto.CryptoKey;
  readonly hmacKey: webcrypto.CryptoKey;
  readonly classKeys: ReadonlyMap<KeyClass, webcrypto.CryptoKey>;
  /** Authentic keys only. */
  readonly keys: readonly LoadedKey[];
  /** Authentic policies only. */
  readonly policies: readonly AccessPolicy[];
  readonly identity: Identity;
  /** The MAC of the instance row: another one means the store has changed. */
  readonly revision: string;
};

export const activeKey = (vault: Vault, module: ModuleName): LoadedKey | undefined =>
  vault.keys.find((key) => key.module === module && key.state === 'active');

/** Where the wrapping of a key version belongs. */
export const keyContext = (instance: string, module: ModuleName, version: number): WrapContext => ({
  instance,
  module,
  version,
  purpose: specOf(module).purpose,
  alg: algorithmFor(module),
  class: specOf(module).class,
});

export const rootKeyContext = (instance: string): WrapContext => ({
  instance,
  module: 'root',
  version: 1,
  purpose: 'wrap',
  alg: 'A256GCM',
  class: 'root',
});

export const hmacKeyContext = (instance: string): WrapContext => ({
  instance,
  module: 'metadata',
  version: 1,
  purpose: 'mac',
  alg: 'HMAC-SHA-256',
  class: 'metadata',
});

export const classKeyContext = (instance: string, keyClass: KeyClass): WrapContext => ({
  instance,
  module: 'class',
  version: 1,
  purpose: 'wrap',
  alg: 'A256GCM',
  class: keyClass,
});
