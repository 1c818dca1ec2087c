export type { Component, ComponentGroup, ComponentStatus } from './component.ts';
export { group as componentGroup } from './components.ts';
export { createKeys } from './create-keys.ts';
export { examineKeys } from './examine-keys.ts';
export { type ImportedKeys, importKeys } from './import-keys.ts';
export { createRecipientKey, recipientId } from './key-backup.ts';
export type {
  Diagnostics,
  GateResult,
  Identity,
  KeyManagement,
  KeyRing,
  Keys,
  KeyVersion,
  LentKey,
  Mac,
  PublicKey,
  SealContext,
  Sealer,
} from './keys.ts';
export type { KeysDeps, KeysLog, ManifestDetails, SecretFileError, SecretFiles } from './keys-deps.ts';
export { keysJobHandlers, rotateKeys } from './keys-jobs.ts';
export { keysMigrations } from './migrations/index.ts';
export type { ModuleName } from './module.ts';
export { KeysSealed, KeyUseRefused } from './problems.ts';
export { keysEndpoints } from './routes.ts';
export { type SealedColumn, type SealedColumns, sealedColumn } from './sealed-column-repo.ts';
export type { ClockWitness } from './surroundings.ts';
