import type { Secret } from '../../kernel/index.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everything that an operator decides before the program starts. The variable's name stands beside each member. */
export type Config = {
  /** The origin under which people and other instances reach this one; null: loopback only. LIAISE_PUBLIC_URL */
  readonly publicUrl: URL | null;
  /** LIAISE_INSTANCE_KIND */
  readonly kind: 'production' | 'non-production';
  /** PostgreSQL; absent: the embedded database in `dataDir`. DATABASE_URL */
  readonly databaseUrl?: Secret;
  /** Absolute path. LIAISE_DATA_DIR */
  readonly dataDir: string;
  /** Absolute path, outside `dataDir`. LIAISE_ROOT_KEY_FILE */
  readonly rootKeyFile: string;
  /** LIAISE_ROOT_KEY_PROVIDER */
  readonly rootKeyProvider: 'file' | 'passphrase';
  /** Absolute path, outside `dataDir`; null: a person gives the passphrase. LIAISE_ROOT_PASSPHRASE_FILE */
  readonly rootPassphraseFile: string | null;
  /** LIAISE_MAIL, LIAISE_MAIL_URL, LIAISE_MAIL_FROM */
  readonly mail: { readonly on: false } | { readonly on: true; readonly url: Secret; readonly from: string };
  /** Private networks in which other instances may be called. LIAISE_ALLOW_PEER_CIDRS */
  readonly allowPeerCidrs: readonly string[];
  /** Addresses whose X-Forwarded-* headers are believed. LIAISE_TRUST_PROXY */
  readonly trustProxy: readonly string[];
  /** LIAISE_HOST */
  readonly host: string;
  /** LIAISE_PORT */
  readonly port: number;
  /** LIAISE_PROVIDER_ADMIN_MAY_CONSENT */
  readonly providerAdminMayConsent: boolean;
  /** LIAISE_METRICS_TOKEN */
  readonly metricsToken?: Secret;
  /** LIAISE_LOG_LEVEL */
  readonly logLevel: LogLevel;
  /** What the program decided by itself and the operator should read in the log. */
  readonly notes: readonly string[];
};

/** The settings do not allow a start. `problems` holds all of them, in plain words, without any secret value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Liaise did not start, because of its settings:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
