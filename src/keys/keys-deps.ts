import type { Registry } from 'prom-client';
import type { Clock, Random, Result } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import type { Db, Tx } from '../platform/db/index.ts';
import type { ModuleName } from './module.ts';
import type { RootProviderKind } from './root-provider.ts';
import type { SealedColumns } from './sealed-column-repo.ts';
import type { ClockWitness } from './surroundings.ts';

/** What the manifest says about this instance besides its keys; null while there is no public URL. */
export type ManifestDetails = {
  readonly origin: string;
  readonly display: string;
  readonly oauth: { readonly issuer: string; readonly resource: string; readonly redirect_base: string };
  readonly endpoints: { readonly onboard: string; readonly conn: string; readonly blob: string };
};

export type SecretFileError = { readonly code: string; readonly message: string };

/** Secret files, opened by platform/files alone; `message` names the path and never the content. */
export type SecretFiles = {
  read(path: string): Promise<Result<Buffer, SecretFileError>>;
  /** Creates the file (mode 0400, synced); refuses with code `exists` when it is there. */
  writeOnce(path: string, bytes: Uint8Array): Promise<Result<undefined, SecretFileError>>;
  /** A name for the volume that holds the path; null when it cannot be told. */
  volumeOf(path: string): Promise<string | null>;
  /** What may still be written on the volume of the path; null when it cannot be told. */
  freeBytes(path: string): Promise<number | null>;
};

export type KeysLog = {
  info(detail: object, message: string): void;
  warn(detail: object, message: string): void;
  error(detail: object, message: string): void;
};

export type KeysDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: KeysLog;
  readonly changes?: Changes;
  /** Where the statuses of the components are counted. */
  readonly metrics?: Registry;
  /** The file that holds the 32 bytes of the root key. */
  readonly rootKeyFile: string;
  /** Who keeps the root key, and where its passphrase is handed over at the start, if anywhere. */
  readonly rootKeyProvider: RootProviderKind;
  readonly passphraseFile: string | null;
  /** The embedded database's directory; null where the data is in a PostgreSQL server. */
  readonly dataDir: string | null;
  readonly files: SecretFiles;
  readonly manifestDetails: () => ManifestDetails | null | Promise<ManifestDetails | null>;
  /** Where values sealed by each module are stored. */
  readonly sealedColumns: SealedColumns;
  /** Whether every connected peer has this manifest or a later one; absent or null while nobody can tell. */
  readonly peersHaveSeen?: (manifestSeq: number) => Promise<boolean | null>;
  /** Other clocks compared with ours; absent where there are none to ask. Not inside a transaction. */
  readonly clockWitnesses?: () => Promise<readonly ClockWitness[]>;
  /** Told in the transaction that takes a compromised key out of use: whoever has signed with it begins anew. */
  readonly onCompromised?: (tx: Tx, key: { readonly module: ModuleName; readonly kid: string }) => Promise<void>;
};
