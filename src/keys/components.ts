import { DAY_MS, type Random } from '../kernel/index.ts';
import { policyFault } from './access-policy.ts';
import {
  type Component,
  type ComponentGroup,
  type ComponentStatus,
  component,
  OPERATOR,
  rollUp,
  type Trouble,
} from './component.ts';
import { lifeUsed } from './key-life.ts';
import { keyClasses, type ModuleName, moduleNames, specOf } from './module.ts';
import type { Opening } from './open-hierarchy.ts';
import type { RootProviderKind } from './root-provider.ts';
import type { Rows } from './rows.ts';
import { knownAnswers, tryKey } from './self-test.ts';
import { type ClockWitness, clockRight, dataRoom } from './surroundings.ts';

const MANAGER = 'A user with sn_kmf.admin or sn_kmf.cryptographic_manager';
const IN_MODULES = 'Key Management > Cryptographic Modules';

type Facts = {
  readonly rows: Rows;
  readonly opening: Opening;
  readonly random: Random;
  readonly now: Date;
  /** Names of the volumes that hold the root key and the embedded data; null where it cannot be told or does not apply. */
  readonly volumes: { readonly rootKey: string | null; readonly data: string | null };
  /** Bytes left on the volume of the embedded data; null where it cannot be told or does not apply. */
  readonly free: number | null;
  /** Other clocks, as far as they could be asked. */
  readonly clocks: readonly ClockWitness[];
  readonly publicUrlSet: boolean;
  /** Who keeps the root key, and who should by the settings. */
  readonly rootKey: { readonly holder: RootProviderKind; readonly wanted: RootProviderKind };
};

/** Every component of the diagnostics page, judged from one attempt to open everything (protocol.md D.7). */
export async function judgeComponents(facts: Facts): Promise<ComponentGroup[]> {
  return [
    group('root-key', 'Root key', [rootKey(facts), rootKeyPlace(facts), rootKeyVolume(facts), recoveryFile(facts)]),
    group(
      'class-keys',
      'Key-encryption keys',
      keyClasses.map((name) => classKey(facts, name)),
    ),
    group('metadata', 'Authenticity of key records', [hmacKey(facts), metadata(facts)]),
    group('modules', 'Cryptographic modules', await Promise.all(moduleNames.map((name) => moduleKey(facts, name)))),
    group('use', 'Use of keys', [await selfTest(), keyLife(facts), policies(facts)]),
    group('identity', 'Public identity', [manifest(facts)]),
    group('surroundings', 'Surroundings', [clockRight(facts.clocks), dataRoom(facts.free)]),
    group('external', 'External stores', externalStores()),
  ];
}

export const group = (name: string, label: string, components: readonly Component[]): ComponentGroup => ({
  name,
  label,
  status: rollUp(components.map(({ status }) => status)),
  components,
});

function rootKey({ opening, rootKey: { holder } }: Facts): Component {
  const verdict = opening.rootKey;
  const [name, label] = ['root-key', holder === 'file' ? 'Root key file' : 'Root key by passphrase'];
  if (verdict === null || verdict.ok) return component(name, label, true, 'operational');
  return component(name, label, true, 'malfunction', { ...verdict.error, who: OPERATOR });
}

function rootKeyPlace({ rootKey: { holder, wanted } }: Facts): Component {
  const [name, label] = ['root-key-place', 'Root key as the settings say'];
  if (holder === wanted) return component(name, label, false, 'operational');
  return component(name, label, false, 'degraded', {
    cause: `The root key is kept by ${holder}; LIAISE_ROOT_KEY_PROVIDER says ${wanted}.`,
    remedy:
      'Give the passphrase under Key Management > Health (POST /api/key-management/unseal): the root key then moves.',
    who: 'A user with sn_kmf.admin',
  });
}

function rootKeyVolume({ volumes: { rootKey: ours, data }, rootKey: { holder } }: Facts): Component {
  const [name, label] = ['root-key-volume', 'Root key apart from the data'];
  if (ours === null || data === null || holder !== 'file') return component(name, label, false, 'disabled');
  if (ours !== data) return component(name, label, false, 'operational');
  return component(name, label, false, 'degraded', {
    cause: 'The root key file is on the same volume as the data: one copied disk gives away both.',
    remedy: 'Keep the file on another volume or a secret mount and set LIAISE_ROOT_KEY_FILE.',
    who: OPERATOR,
  });
}

function recoveryFile({ rows }: Facts): Component {
  const [name, label] = ['recovery-file', 'Recovery file of the next root key'];
  if (rows.instance.recovery_file_confirmed_at !== null) return component(name, label, false, 'operational');
  return component(name, label, false, 'degraded', {
    cause: 'The next root key is still kept on this instance only.',
    remedy: 'Download the recovery file (POST /api/key-management/recovery-file), store it apart, then confirm it.',
    who: MANAGER,
  });
}

function classKey({ opening }: Facts, name: (typeof keyClasses)[number]): Component {
  const verdict = opening.classKeys.get(name);
  const [id, label] = [`class-key.${name}`, `Key-encryption key: ${name}`];
  if (verdict === undefined || verdict.ok) return component(id, label, true, 'operational');
  return component(id, label, true, 'malfunction', { ...verdict.error, who: OPERATOR });
}

function hmacKey({ opening: { hmacKey: verdict } }: Facts): Component {
  const [name, label] = ['hmac-key', 'Instance HMAC key'];
  return verdict.ok
    ? component(name, label, true, 'operational')
    : component(name, label, true, 'malfunction', { ...verdict.error, who: OPERATOR });
}

function metadata({ opening }: Facts): Component {
  const [name, label] = ['metadata', 'Key records are authentic'];
  if (!opening.hmacKey.ok)
    return component(name, label, true, 'malfunction', { ...opening.hmacKey.error, who: OPERATOR });
  if (opening.tampered.length === 0) return component(name, label, true, 'operational');
  return component(name, label, true, 'malfunction', {
    cause: `Altered outside the program: ${opening.tampered.join(', ')}.`,
    remedy: 'Restore the key tables from a backup, and find out who can write to the database.',
    who: OPERATOR,
  });
}

async function moduleKey({ opening, random }: Facts, module: ModuleName): Promise<Component> {
  const { label, onboarding } = specOf(module);
  const judged = (status: ComponentStatus, trouble?: Trouble) =>
    component(`module.${module}`, `${module}: ${label}`, onboarding, status, trouble);
  const active = [...opening.keys].find(([row]) => row.module === module && row.state === 'active');
  if (active === undefined)
    return judged('malfunction', {
      cause: `The module ${module} has no active key.`,
      remedy: `Resume or generate a key in ${IN_MODULES} > ${module}.`,
      who: MANAGER,
    });
  const [, verdict] = active;
  if (!verdict.ok) return judged('malfunction', { ...verdict.error, who: OPERATOR });
  const tried = await tryKey(verdict.value, random);
  if (tried.ok) return judged('operational');
  return judged('malfunction', {
    cause: tried.error,
    remedy: `Rotate the key in ${IN_MODULES} > ${module}; if that does not help, replace the Node runtime.`,
    who: MANAGER,
  });
}

async function selfTest(): Promise<Component> {
  const [name, label] = ['self-test', 'Cryptographic self-test'];
  const answers = await knownAnswers();
  if (answers.ok) return component(name, label, true, 'operational');
  return component(name, label, true, 'malfunction', {
    cause: answers.error,
    remedy: 'Stop the instance and replace the Node runtime; this one is not sound.',
    who: OPERATOR,
  });
}

/** A key is worth a word from four fifths of its life on; rotations begin before. At the end of its life it is overdue. */
const LATE_IN_LIFE = 0.8;

function keyLife({ rows, now }: Facts): Component {
  const [name, label] = ['key-life', 'Keys within their life'];
  const late = rows.keyVersions.filter((row) => (lifeUsed(row, now) ?? 0) >= LATE_IN_LIFE);
  if (late.length === 0) return component(name, label, false, 'operational');
  const described = late.map(({ module, version, expires_at: to }) => {
    const days = Math.ceil(((to?.getTime() ?? 0) - now.getTime()) / DAY_MS);
    return `${module} version ${version} ${days > 0 ? `ends in ${days} d` : 'is overdue'}`;
  });
  const isOverdue = late.some((row) => (lifeUsed(row, now) ?? 0) >= 1);
  return component(name, label, false, isOverdue ? 'malfunction' : 'degraded', {
    cause: `Near the end of life: ${described.join('; ')}.`,
    remedy: `Rotate in ${IN_MODULES}.`,
    who: 'A user with sn_kmf.cryptographic_operator, sn_kmf.cryptographic_manager or sn_kmf.admin',
  });
}

function policies({ rows, now }: Facts): Component {
  const [name, label] = ['access-policies', 'Module access policies'];
  const faults = rows.policies.flatMap(
    (row) => policyFault({ ...row, expiresAt: row.expires_at }, moduleNames, now) ?? [],
  );
  if (faults.length === 0) return component(name, label, false, 'operational');
  return component(name, label, false, 'malfunction', {
    cause: `Not obeyed: ${faults.join('; ')}.`,
    remedy: 'Remove or correct these policies; what they were to allow is refused meanwhile.',
    who: MANAGER,
  });
}

function manifest({ rows: { instance }, now, publicUrlSet }: Facts): Component {
  const [name, label] = ['manifest', 'Signed manifest'];
  if (!publicUrlSet)
    return component(name, label, false, 'degraded', {
      cause: 'The instance has no public address, so there is nothing to publish.',
      remedy: 'Set LIAISE_PUBLIC_URL and start again.',
      who: OPERATOR,
    });
  if (instance.manifest !== null && instance.manifest_expires_at !== null && now < instance.manifest_expires_at)
    return component(name, label, false, 'operational');
  return component(name, label, false, 'malfunction', {
    cause: instance.manifest === null ? 'No manifest has been signed yet.' : 'The manifest has expired.',
    remedy: 'It is signed again by itself within 15 s once the identity key is usable; see the other components.',
    who: OPERATOR,
  });
}

/** KMF-04: stores that other products have and this one does without; shown so that nobody looks for them. */
const externalStores = (): Component[] => [
  component('external-key-store', 'External key store', false, 'disabled'),
  component('certificate-authority', 'Certificate authority', false, 'disabled'),
];
