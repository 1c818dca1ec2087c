import { z } from 'zod';
import { anyOf, route, signedIn } from '../kernel/index.ts';
import { componentStatuses } from './component.ts';
import { keyActions, READERS, rolesFor } from './key-roles.ts';
import { type KeyState, keyMachine } from './key-state.ts';
import { algorithmOf, keyClasses, moduleNames, operations, type Purpose } from './module.ts';
import { rotationPhases } from './rotation-phase.ts';

export type { ComponentStatus } from './component.ts';
export { diagnosticsAccess, type KeyAction, keyActions } from './key-roles.ts';
export { type KeyState, keyMachine, keyStateLabel } from './key-state.ts';

const instant = z.iso.datetime();

export const componentView = z.object({
  name: z.string(),
  label: z.string(),
  status: z.enum(componentStatuses),
  required: z.boolean(),
  cause: z.string().nullable(),
  remedy: z.string().nullable(),
  who: z.string().nullable(),
});

export const healthView = z.object({
  status: z.enum(componentStatuses),
  /** Sealed: the root key is missing or does not open; nothing leaves and nobody is onboarded until it is back. */
  sealed: z.boolean(),
  sealedReason: z.string().nullable(),
  /** The passphrase of the root key that a person would have to give now: the present one, or a new one, twice. */
  passphraseWanted: z.enum(['present', 'new']).nullable(),
  /** Whether every component that onboarding needs is up, whatever the colour of the page. */
  onboardingReady: z.boolean(),
  readOnly: z.boolean(),
  checkedAt: instant,
  groups: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      status: z.enum(componentStatuses),
      components: z.array(componentView),
    }),
  ),
});

export const readKeyHealth = route({
  method: 'GET',
  path: '/api/key-management/health',
  // NOTE two pairs of roles open this page (OQ-26), which `allOf` cannot say; the use-case checks and explains.
  permission: signedIn,
  summary: 'Try every key management component now and report each with cause, remedy and who can act.',
  output: healthView,
  problems: ['keys/role-needed'],
  whileSealed: true,
});

export const keyView = z.object({
  version: z.number().int().positive(),
  kid: z.string(),
  state: z.enum(Object.keys(keyMachine) as [KeyState, ...KeyState[]]),
  stateLabel: z.string(),
  algorithm: z.enum(Object.values(algorithmOf)),
  generatedAt: instant,
  activatedAt: instant.nullable(),
  renewedAt: instant.nullable(),
  suspendedAt: instant.nullable(),
  rotatedAt: instant.nullable(),
  deactivatedAt: instant.nullable(),
  compromisedAt: instant.nullable(),
  destroyedAt: instant.nullable(),
  /** When the key is due to be replaced. */
  expiresAt: instant.nullable(),
  /** What lies ahead as things stand: a successor, and the end of a key that only verifies any more. */
  planned: z.object({ rotationAt: instant.nullable(), destructionAt: instant.nullable() }),
  reason: z.string().nullable(),
  /** False once the private or secret part has been destroyed. */
  hasSecret: z.boolean(),
});

export const moduleView = z.object({
  name: z.enum(moduleNames),
  label: z.string(),
  purpose: z.enum(Object.keys(algorithmOf) as [Purpose, ...Purpose[]]),
  algorithm: z.enum(Object.values(algorithmOf)),
  class: z.enum(keyClasses),
  /** How long a key is in use, as scheduled. */
  activeDays: z.number(),
  /** The same before anybody changed it, and what it may be changed to at least; at most `longestDays`. */
  usualDays: z.number(),
  shortestDays: z.number(),
  /** However often it is renewed, a key is in use this long at most. */
  longestDays: z.number(),
  requiredForOnboarding: z.boolean(),
  activeVersion: z.number().int().nullable(),
  /** Since when; null where no version is active. */
  activeSince: instant.nullable(),
});

export const policyView = z.object({
  subject: z.string(),
  operations: z.array(z.enum(operations)),
  effect: z.enum(['track', 'reject', 'strict-reject']),
  expiresAt: instant.nullable(),
});

export const listModules = route({
  method: 'GET',
  path: '/api/key-management/modules',
  permission: anyOf(...READERS),
  summary: 'List the cryptographic modules.',
  output: z.object({ items: z.array(moduleView) }),
  whileSealed: true,
});

const moduleParam = z.object({ name: z.string().max(60) });

export const readModule = route({
  method: 'GET',
  path: '/api/key-management/modules/{name}',
  permission: anyOf(...READERS),
  summary: 'Read a cryptographic module with its key versions and access policies.',
  params: moduleParam,
  output: moduleView.extend({
    keys: z.array(keyView),
    policies: z.array(policyView),
    rotations: z.array(z.lazy(() => rotationView)),
  }),
  problems: ['keys/no-such-key'],
  whileSealed: true,
});

const reason = z.string().trim().min(3).max(500);

export const generateKey = route({
  method: 'POST',
  path: '/api/key-management/modules/{name}/keys',
  permission: anyOf(...rolesFor('generate')),
  summary: 'Generate a key. It becomes active at once where the module has no active key, else it waits for activate.',
  status: 201,
  params: moduleParam,
  input: z.object({ reason }),
  output: keyView,
  problems: ['keys/no-such-key', 'keys/action-refused', 'keys/sealed'],
});

export const actOnKey = route({
  method: 'POST',
  path: '/api/key-management/modules/{name}/keys/{version}/{action}',
  // NOTE the widest set; an operator may not do every action, and is told so with keys/role-needed.
  permission: anyOf(...rolesFor('rotate')),
  summary:
    'Activate, rotate, renew, suspend, resume, revoke or destroy a key, or report it as compromised; answers with the key ' +
    'that was acted on, after rotate with its successor.',
  params: moduleParam.extend({ version: z.coerce.number().int().positive(), action: z.enum(keyActions) }),
  input: z.object({
    reason,
    /** The word `destroy`, to destroy a key. */
    confirm: z.string().max(20).optional(),
  }),
  output: keyView,
  problems: ['keys/role-needed', 'keys/no-such-key', 'keys/action-refused', 'keys/sealed'],
});

export const rotationView = z.object({
  from: z.number().int(),
  to: z.number().int(),
  phase: z.enum(rotationPhases),
  startedAt: instant,
  promotedAt: instant.nullable(),
  endedAt: instant.nullable(),
  /** Stored values sealed anew, and those that wait for it. */
  resealed: z.number().int(),
  remaining: z.number().int(),
  reason: z.string(),
});

export const rotateInOrder = route({
  method: 'POST',
  path: '/api/key-management/modules/{name}/rotations',
  permission: anyOf(...rolesFor('rotate')),
  summary:
    'Rotate in order: publish a successor, wait until peers have seen it, promote it, seal stored values anew, retire the old key.',
  status: 202,
  params: moduleParam,
  input: z.object({ reason }),
  output: rotationView,
  problems: ['keys/no-such-key', 'keys/action-refused', 'keys/sealed'],
});

export const changeSchedule = route({
  method: 'PATCH',
  path: '/api/key-management/modules/{name}/schedule',
  permission: anyOf(...rolesFor('change the schedule of')),
  summary:
    'Change how long keys of a module are in use, the active one included. Rotations begin before that by themselves.',
  params: moduleParam,
  input: z.object({ activeDays: z.number().int(), reason }),
  output: moduleView,
  problems: ['keys/role-needed', 'keys/no-such-key', 'keys/action-refused', 'keys/sealed'],
});

export const listDecisions = route({
  method: 'GET',
  path: '/api/key-management/decisions',
  permission: anyOf(...READERS),
  summary:
    'List the latest refused and flagged uses of keys, newest first, with the reason and the policies consulted.',
  output: z.object({
    items: z.array(
      z.object({
        at: instant,
        subject: z.string(),
        module: z.string(),
        operation: z.string(),
        outcome: z.enum(['refused', 'flagged']),
        reason: z.string(),
        policies: z.array(z.string()),
        count: z.number().int().positive(),
      }),
    ),
  }),
});

/** What the recovery file says in clear; `sealed` is the next root key under the passphrase (Argon2id, AES-256-GCM). */
export const recoveryFile = z.strictObject({
  typ: z.literal('liaise-recovery-file/1'),
  instance: z.string().max(60),
  kid: z.string().max(60),
  createdAt: instant,
  kdf: z.strictObject({
    name: z.literal('argon2id'),
    memoryKiB: z.literal(65_536),
    passes: z.literal(3),
    parallelism: z.literal(1),
    salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  }),
  sealed: z.string().regex(/^[A-Za-z0-9_-]{80}$/),
});

/** The keys of an instance, sealed (HPKE: ML-KEM-768 with X25519, HKDF-SHA-256, AES-256-GCM) to a recipient elsewhere. */
export const keyBackup = z.strictObject({
  typ: z.literal('liaise-key-backup/1'),
  instance: z.string().max(60),
  createdAt: instant,
  /** SHA-256 of the recipient's public key. */
  recipient: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  enc: z.string().regex(/^[A-Za-z0-9_-]{1494}$/),
  sealed: z.string().regex(/^[A-Za-z0-9_-]+$/),
});

const recipientPublicKey = z
  .string()
  .regex(/^lbr1\.[A-Za-z0-9_-]{1622}$/, 'Paste the line that npm run keys:recipient prints.');

/** What the recipient keeps. */
export const recipientKey = z.strictObject({
  typ: z.literal('liaise-backup-recipient/1'),
  publicKey: recipientPublicKey,
  privateKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

export const exportKeys = route({
  method: 'POST',
  path: '/api/key-management/export',
  permission: anyOf(...rolesFor('export')),
  summary:
    'Export all keys as a backup that only the holder of the private half of `recipient` opens. Nothing changes on the instance.',
  input: z.object({
    recipient: z.string().trim().pipe(recipientPublicKey),
    reason,
    /** The word `export`. */
    confirm: z.string().max(20),
  }),
  output: z.object({ filename: z.string(), backup: keyBackup }),
  problems: ['keys/role-needed', 'keys/action-refused', 'keys/sealed'],
  perMinute: 5,
});

/** Long, because the file is meant to lie in a drawer for years where anybody may try. */
const passphrase = z.string().min(16).max(1_024);

export const unseal = route({
  method: 'POST',
  path: '/api/key-management/unseal',
  permission: anyOf('sn_kmf.admin'),
  summary:
    'Give the passphrase of the root key: opens a sealed instance, sets it at the first start, and moves the root key to the provider that the settings name.',
  input: z.object({
    passphrase,
    /** Once more, when the passphrase is set now. */
    repeat: z.string().max(1_024).optional(),
  }),
  output: z.object({ rootKey: z.enum(['file', 'passphrase']), moved: z.boolean() }),
  problems: ['keys/role-needed', 'keys/sealed', 'keys/unseal-refused'],
  perMinute: 5,
  whileSealed: true,
});

export const makeRecoveryFile = route({
  method: 'POST',
  path: '/api/key-management/recovery-file',
  permission: anyOf(...rolesFor('generate')),
  summary: 'Seal the next root key under a passphrase, as a file to be stored apart. Nothing changes on the instance.',
  input: z.object({ passphrase }),
  output: z.object({ filename: z.string(), file: recoveryFile }),
  problems: ['keys/action-refused', 'keys/sealed'],
  perMinute: 5,
});

export const confirmRecoveryFile = route({
  method: 'POST',
  path: '/api/key-management/recovery-file/confirm',
  permission: anyOf(...rolesFor('generate')),
  summary: 'Prove that the stored file opens with the passphrase; then the next root key is destroyed on the instance.',
  input: z.object({ passphrase, file: recoveryFile }),
  output: z.object({ confirmedAt: instant }),
  problems: ['keys/action-refused', 'keys/recovery-file-refused', 'keys/sealed'],
  perMinute: 5,
});
