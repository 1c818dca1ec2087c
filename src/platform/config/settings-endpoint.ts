import { type Endpoint, endpoint } from '../http/endpoint.ts';
import type { Config } from './config.ts';
import { readSettings } from './contract.ts';

type Facts = {
  readonly config: Config;
  readonly version: string;
  readonly instanceId: () => string | null;
  readonly sealedReason: () => string | null;
  /** What people call this instance; null: it has no name yet. */
  readonly name: () => Promise<string | null>;
};

/** GET /api/settings. The environment is read once, at the start, so what it says is what is in force. */
export const settingsEndpoint = ({ config, version, instanceId, sealedReason, name }: Facts): Endpoint =>
  endpoint(readSettings, async ({ actor }) => ({
    name: (await name()) ?? config.publicUrl?.host ?? 'Liaise',
    kind: config.kind,
    version,
    instanceId: instanceId(),
    sealed: sealedReason() !== null,
    sealedReason: actor?.roles.has('admin') ? sealedReason() : null,
    publicUrl: config.publicUrl?.origin ?? null,
    mailOn: config.mail.on,
    settings: actor?.roles.has('admin') ? settingsOf(config) : null,
  }));

const isSet = (value: unknown): string | null => (value === undefined ? null : 'set, not shown');

const settingsOf = (config: Config) => [
  said(
    'LIAISE_PUBLIC_URL',
    config.publicUrl?.origin ?? null,
    'Address under which people and other instances reach this one.',
  ),
  said('LIAISE_INSTANCE_KIND', config.kind, 'Production or not.'),
  said('DATABASE_URL', isSet(config.databaseUrl), 'PostgreSQL; where it is not set, the embedded database.'),
  said('LIAISE_DATA_DIR', config.dataDir, 'Folder of the embedded database.'),
  said('LIAISE_ROOT_KEY_FILE', config.rootKeyFile, 'File of the root key.'),
  said('LIAISE_MAIL', config.mail.on ? 'on' : 'off', 'Whether mail is sent.'),
  said('LIAISE_MAIL_URL', config.mail.on ? isSet(config.mail.url) : null, 'Mail server.'),
  said('LIAISE_MAIL_FROM', config.mail.on ? config.mail.from : null, 'Sender of mails.'),
  said(
    'LIAISE_ALLOW_PEER_CIDRS',
    listed(config.allowPeerCidrs),
    'Private networks in which other instances may be called.',
  ),
  said('LIAISE_TRUST_PROXY', listed(config.trustProxy), 'Proxies whose forwarded addresses are believed.'),
  said('LIAISE_HOST', config.host, 'Network interface this instance listens on.'),
  said('LIAISE_PORT', String(config.port), 'Port this instance listens on.'),
  said(
    'LIAISE_PROVIDER_ADMIN_MAY_CONSENT',
    String(config.providerAdminMayConsent),
    'Whether an admin of the provider may give consent in place of the contact.',
  ),
  said('LIAISE_METRICS_TOKEN', isSet(config.metricsToken), 'Opens /metrics to other machines.'),
  said('LIAISE_LOG_LEVEL', config.logLevel, 'How much is logged.'),
];

const said = (variable: string, value: string | null, meaning: string) => ({ variable, value, meaning });
const listed = (values: readonly string[]): string | null => (values.length === 0 ? null : values.join(', '));
