import type { webcrypto } from 'node:crypto';
import type { UserActor } from '../kernel/index.ts';
import type { Ed25519PublicJwk, Genesis, InstanceId, Signer } from '../protocol/index.ts';
import type { Component, ComponentGroup, ComponentStatus } from './component.ts';
import type { ExportAsked } from './export-keys.ts';
import type { KeyBackup } from './key-backup.ts';
import type { KeyAction } from './key-roles.ts';
import type { KeyState } from './key-state.ts';
import type { ModuleFor } from './module.ts';
import type { RecoveryFile } from './recovery-file.ts';
import type { Rotation } from './rotation-repo.ts';
import type { KeyVersionRow } from './rows.ts';
import type { Unsealed } from './unseal.ts';

/**
 * Uses of keys by one part of the program, named by its subject (`service:link`). Nothing here touches the database, so
 * all of it may be called inside a transaction. Every call asks the module access policies (deny by default) and throws
 * KeyUseRefused, KeyUnavailable (no active key) or KeysSealed.
 */
export type KeyRing = {
  signer(module: ModuleFor<'sign'>): Signer;
  /** Keys a peer may meet: waiting, active, and those that only verify any more. */
  publicKeys(module: ModuleFor<'sign'>): Promise<readonly PublicKey[]>;
  /** The one of them that is in use. */
  activeKid(module: ModuleFor<'sign'>): Promise<string>;
  sealer(module: ModuleFor<'encrypt'>): Sealer;
  mac(module: ModuleFor<'mac'>): Mac;
  /** The active key itself, not extractable, for libraries that sign by themselves. Ask again for each use: keys rotate. */
  privateKey(module: ModuleFor<'sign'>): Promise<LentKey>;
};

export type PublicKey = { readonly kid: string; readonly jwk: Ed25519PublicJwk; readonly state: KeyState };

export type LentKey = {
  readonly kid: string;
  readonly publicJwk: Ed25519PublicJwk;
  readonly key: webcrypto.CryptoKey;
  /** Ed25519 over the bytes: 64 bytes. */
  sign(input: Uint8Array): Promise<Uint8Array>;
};

/** Where a sealed value belongs, for example `{ record: 'reg_…', field: 'secret' }`. Opens only with the same context. */
export type SealContext = Readonly<Record<string, string>>;

export type Sealer = {
  /** AES-256-GCM; the text is safe to store: version, IV, ciphertext and tag, base64url. */
  seal(context: SealContext, plain: Uint8Array): Promise<string>;
  /** Throws SealedValueRefused when the text, the key or the context is another one. */
  open(context: SealContext, sealed: string): Promise<Uint8Array>;
};

/** Keyed hashes: blind indexes, and secrets derived by label (cookie keys, nonce secrets). */
export type Mac = {
  /** 32 bytes under the active key. `label` separates uses of one module. */
  tag(label: string, input: Uint8Array | string): Promise<Uint8Array>;
  /** The same under the active key first, then under every older key that may still verify. */
  tags(label: string, input: Uint8Array | string): Promise<readonly Uint8Array[]>;
};

/** What GET /.well-known/sx-instance answers, without `now` (protocol.md B.3). */
export type Identity = {
  readonly id: InstanceId;
  readonly genesis: Genesis;
  readonly log: readonly string[];
  /** Null while the instance has no public URL: a manifest names an origin. */
  readonly manifest: string | null;
  readonly manifestSeq: number;
};

export type Diagnostics = {
  readonly status: ComponentStatus;
  readonly groups: readonly ComponentGroup[];
  readonly checkedAt: Date;
};

/** `failing`: required components in Malfunction or without an answer. `warnings`: everything else that is not well. */
export type GateResult = {
  readonly ok: boolean;
  readonly failing: readonly Component[];
  readonly warnings: readonly Component[];
};

export type Keys = {
  as(subject: `service:${string}`): KeyRing;
  /** Throws KeysSealed while the instance is sealed. */
  identity(): Identity;
  sealed(): boolean;
  /** One sentence for readiness and sign-in pages; null while not sealed. */
  sealedReason(): string | null;
  /** Tries every component now: the root key file is read, every row verified, every key opened. Not inside a transaction. */
  diagnostics(): Promise<Diagnostics>;
  /** The same, judged for onboarding; answers within 60 s whatever hangs. Not inside a transaction. */
  gate(signal?: AbortSignal): Promise<GateResult>;
  /** Throws KeysUnhealthy while the gate is closed. */
  requireHealthy(): Promise<void>;
  /** Called with the names of components that went back to Operational, and with every name after unsealing. */
  onRecovered(listener: (components: readonly string[]) => void): () => void;
  /** Called after keys, policies or the manifest changed here or on another node. */
  onChanged(listener: () => void): () => void;
  /**
   * Signs a new manifest when what it says changed or it expires within 7 days, and takes over what another node, or a
   * transaction that has just ended, has changed. Not inside a transaction.
   */
  refreshManifest(): Promise<void>;
  /** What the timer does every 15 s: diagnostics, unsealing, manifest, refusals written down. Tests call it themselves. */
  lightCheck(): Promise<Diagnostics>;
  /** What is due of rotations in order, called once a minute by a job; each phase is stored, so it may die anywhere. */
  advanceRotations(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  readonly manage: KeyManagement;
};

export type RotationView = Omit<Rotation, 'module'> & {
  /** Values that the old key sealed and that wait to be sealed anew. */
  readonly remaining: number;
};

/** A key version as people read it; no key material. */
export type KeyVersion = Omit<KeyVersionRow, 'wrapped' | 'mac'> & { readonly hasSecret: boolean };

/** Roles are checked here, not only at the door. Throws KeyRoleNeeded, NoSuchKey, KeyActionRefused or KeysSealed. */
export type KeyManagement = {
  /** Publishes a successor and lets it wait until peers have seen it; see advanceRotations. Needs the roles of `rotate`. */
  rotateInOrder(actor: UserActor, request: { module: string; reason: string }): Promise<RotationView>;
  /** The passphrase that a person would have to give now: the one in force, or a new one, twice; null: none. */
  passphraseWanted(): Promise<'present' | 'new' | null>;
  /** Needs sn_kmf.admin. Throws UnsealRefused when the passphrase does not open the instance. */
  unseal(actor: UserActor, asked: { passphrase: string; repeat?: string | undefined }): Promise<Unsealed>;
  /** The latest rotations of a module, newest first. */
  rotations(module: string): Promise<readonly RotationView[]>;
  generate(actor: UserActor, request: { module: string; reason: string }): Promise<KeyVersion>;
  /**
   * Answers with the key acted on, or for `rotate` with its successor. `destroy` wants the word `destroy` in `confirm`.
   */
  act(
    actor: UserActor,
    request: { module: string; version: number; action: KeyAction; reason: string; confirm?: string | undefined },
  ): Promise<KeyVersion>;
  /** For the active key and those to come. Needs the roles of `change the schedule of`; throws InvalidInput out of bounds. */
  changeSchedule(actor: UserActor, asked: { module: string; activeDays: number; reason: string }): Promise<void>;
  /** Needs the roles of `export`, and the word `export` in `confirm`. */
  exportKeys(actor: UserActor, asked: ExportAsked): Promise<KeyBackup>;
  /** Needs the roles of `generate`. Refused once confirmed: the key is not here any more. */
  makeRecoveryFile(actor: UserActor, passphrase: string): Promise<RecoveryFile>;
  /** Destroys the next root key on this instance, after proving that `file` holds it. Throws RecoveryFileRefused. */
  confirmRecoveryFile(actor: UserActor, passphrase: string, file: RecoveryFile): Promise<Date>;
};
