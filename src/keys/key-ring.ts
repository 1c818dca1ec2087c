import type { Clock, Random } from '../kernel/index.ts';
import { decide, type Use } from './access-policy.ts';
import type { DecisionTrace } from './decision-trace.ts';
import { macBytes, publicJwk, signBytes } from './key-material.ts';
import { allowedUse } from './key-state.ts';
import type { KeyRing, LentKey, Mac, PublicKey, Sealer } from './keys.ts';
import { type ModuleFor, type ModuleName, type Operation, specOf } from './module.ts';
import { KeyUnavailable, KeyUseRefused, SealedValueRefused } from './problems.ts';
import { openValue, parseSealed, sealValue } from './sealed-value.ts';
import { activeKey, type LoadedKey, type Vault } from './vault.ts';

type RingDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: DecisionTrace;
  /** Throws KeysSealed while there is none. */
  readonly vault: () => Vault;
};

type ActiveKey = LoadedKey & { readonly secret: NonNullable<LoadedKey['secret']> };

export function keyRing(deps: RingDeps, subject: string): KeyRing {
  const allow = (module: ModuleName, operation: Operation): Vault => allowed(deps, { subject, module, operation });
  const active = (module: ModuleName, operation: Operation): ActiveKey => {
    const key = activeKey(allow(module, operation), module);
    if (key?.secret == null) throw noActiveKey(module);
    return { ...key, secret: key.secret };
  };
  return {
    signer: (module) => ({
      async lease(typ) {
        if (!specOf(module).types.includes(typ)) {
          const reason = `${module} signs no statement of type ${typ}.`;
          deps.trace.note({ subject, module, operation: 'sign' }, 'refused', { reason, policies: [] });
          throw new KeyUseRefused(`${reason} Nothing was signed. This is a bug of the program.`);
        }
        const { kid, sign } = lent(active(module, 'sign'));
        return { kid, sign };
      },
    }),
    async publicKeys(module) {
      return allow(module, 'read-public').keys.flatMap((key) => (key.module === module ? publicKey(key) : []));
    },
    async activeKid(module) {
      const key = activeKey(allow(module, 'read-public'), module);
      if (key === undefined) throw noActiveKey(module);
      return key.kid;
    },
    privateKey: async (module) => lent(active(module, 'lend')),
    sealer: (module) => sealer(deps, subject, module, active, allow),
    mac: (module) => mac(module, active, allow),
  };
}

function allowed(deps: RingDeps, use: Use): Vault {
  const vault = deps.vault();
  const decision = decide(vault.policies, use, deps.clock.now());
  if (decision.allowed) return vault;
  deps.trace.note(use, 'refused', decision);
  throw new KeyUseRefused(
    `${use.subject} may not ${use.operation} with ${use.module}: ${decision.reason} Nothing was done. Key Management > ` +
      `Cryptographic Modules > ${use.module} shows the policies.`,
  );
}

const noActiveKey = (module: ModuleName): KeyUnavailable =>
  new KeyUnavailable(
    `The module ${module} has no active key, so nothing was done. A cryptographic manager can resume or generate one in ` +
      'Key Management > Cryptographic Modules.',
  );

function lent(key: ActiveKey): LentKey {
  if (key.publicX === null) throw new Error(`${key.module} has no public half`);
  return {
    kid: key.kid,
    publicJwk: publicJwk(key.publicX),
    key: key.secret,
    sign: (input) => signBytes(key.secret, input),
  };
}

function publicKey({ kid, publicX, state }: LoadedKey): PublicKey[] {
  if (publicX === null || state === 'compromised' || state === 'destroyed') return [];
  return [{ kid, jwk: publicJwk(publicX), state }];
}

type Active = (module: ModuleName, operation: Operation) => ActiveKey;
type Allow = (module: ModuleName, operation: Operation) => Vault;

function sealer(deps: RingDeps, subject: string, module: ModuleFor<'encrypt'>, active: Active, allow: Allow): Sealer {
  const sealingKey = (version: number, secret: ActiveKey['secret']) => ({
    instance: deps.vault().instanceId,
    module,
    version,
    secret,
  });
  return {
    async seal(context, plain) {
      const { version, secret } = active(module, 'seal');
      return sealValue(sealingKey(version, secret), context, plain, deps.random);
    },
    async open(context, sealed) {
      const vault = allow(module, 'open');
      const parsed = parseSealed(sealed);
      if (parsed === null) throw refusedValue(module);
      const { version, bytes } = parsed;
      const key = vault.keys.find((candidate) => candidate.module === module && candidate.version === version);
      const use = key === undefined ? false : allowedUse[key.state].process;
      if (key?.secret == null || use === false) throw refusedValue(module);
      if (use === 'flagged')
        deps.trace.note({ subject, module, operation: 'open' }, 'flagged', {
          reason: `Version ${version} is suspended; it only opens what it sealed before.`,
          policies: [],
        });
      const plain = await openValue(sealingKey(version, key.secret), context, bytes);
      if (plain === null) throw refusedValue(module);
      return plain;
    },
  };
}

const refusedValue = (module: ModuleName): SealedValueRefused =>
  new SealedValueRefused(
    `A value sealed by ${module} does not open: it was altered or moved, or its key was destroyed. Nothing was done with ` +
      'it. Restore it from a backup, or make it anew (regenerate the link, start the attempt again).',
  );

function mac(module: ModuleFor<'mac'>, active: Active, allow: Allow): Mac {
  const input = (label: string, data: Uint8Array | string) =>
    Buffer.concat([Buffer.from(`${module}\0${label}\0`), typeof data === 'string' ? Buffer.from(data) : data]);
  return {
    tag: (label, data) => macBytes(active(module, 'mac').secret, input(label, data)),
    async tags(label, data) {
      const usable = allow(module, 'mac').keys.flatMap(({ module: name, state, version, secret }) =>
        name === module && secret !== null && allowedUse[state].process !== false ? [{ state, version, secret }] : [],
      );
      usable.sort(
        (one, other) =>
          Number(other.state === 'active') - Number(one.state === 'active') || other.version - one.version,
      );
      return Promise.all(usable.map(({ secret }) => macBytes(secret, input(label, data))));
    },
  };
}
