import { resolve, sep } from 'node:path';
import ipaddr from 'ipaddr.js';
import { secret } from '../../kernel/index.ts';
import { type Config, ConfigError } from './config.ts';
import { type Environment, environment, knownNames } from './environment.ts';
import { nearestName } from './nearest-name.ts';

const DEFAULT_PORT = 4100;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * Reads the settings once. Throws a ConfigError that lists every problem at the same time, so that an operator corrects
 * them in one go. A variable set to nothing counts as not set.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const problems = unknownNames(Object.keys(given));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`));
    throw new ConfigError(problems);
  }
  problems.push(...publicUrlProblems(parsed.data), ...mailProblems(parsed.data), ...productionProblems(parsed.data));
  problems.push(...rootKeyProblems(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** LIAISE_TEST_* belongs to the tests and may stay set where the program runs. */
function unknownNames(names: readonly string[]): string[] {
  return names
    .filter((name) => name.startsWith('LIAISE_') && !name.startsWith('LIAISE_TEST_') && !knownNames.includes(name))
    .map((name) => `${name} is not a setting. Did you mean ${nearestName(name, knownNames)}?`);
}

function publicUrlProblems({ LIAISE_PUBLIC_URL: text, LIAISE_INSTANCE_KIND: kind }: Environment): string[] {
  if (text === undefined) return [];
  const url = new URL(text);
  const problems: string[] = [];
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || /[?#]/.test(text)) {
    problems.push('LIAISE_PUBLIC_URL must be scheme, host and port only, without user name, path, ? or #.');
  }
  if (url.protocol === 'http:' && kind === 'production') {
    problems.push('LIAISE_PUBLIC_URL must begin with https:// in production.');
  } else if (url.protocol === 'http:' && !LOOPBACK_NAMES.includes(url.hostname)) {
    problems.push('LIAISE_PUBLIC_URL must begin with https://; http:// is for localhost in non-production only.');
  }
  return problems;
}

/** Mail is on by default in production, since there the contact waits for it. */
const isMailOn = (env: Environment): boolean =>
  env.LIAISE_MAIL === undefined ? env.LIAISE_INSTANCE_KIND === 'production' : env.LIAISE_MAIL === 'on';

function mailProblems(env: Environment): string[] {
  if (!isMailOn(env)) return [];
  const problems: string[] = [];
  const why = env.LIAISE_MAIL === 'on' ? 'LIAISE_MAIL is on' : 'mail is on in production';
  if (env.LIAISE_MAIL_URL === undefined) {
    problems.push(`LIAISE_MAIL_URL is missing: ${why}. Give the mail server, or set LIAISE_MAIL=off.`);
  }
  if (env.LIAISE_MAIL_FROM === undefined) {
    problems.push(`LIAISE_MAIL_FROM is missing: ${why}. Give the sender's address, or set LIAISE_MAIL=off.`);
  }
  return problems;
}

/** Ranges that would let a hostile address reach this machine itself, or switch the guard off. */
function productionProblems({ LIAISE_INSTANCE_KIND: kind, LIAISE_ALLOW_PEER_CIDRS: cidrs }: Environment): string[] {
  if (kind !== 'production') return [];
  const unsafe = cidrs.filter((text) => {
    const [address, bits] = ipaddr.parseCIDR(text);
    return bits === 0 || ['loopback', 'linkLocal', 'unspecified'].includes(address.range());
  });
  return unsafe.map((text) => `LIAISE_ALLOW_PEER_CIDRS must not contain ${text} in production.`);
}

/** A backup of the data directory must not carry the key that opens it. */
function rootKeyProblems(env: Environment): string[] {
  const names = ['LIAISE_ROOT_KEY_FILE', 'LIAISE_ROOT_PASSPHRASE_FILE'] as const;
  return names
    .filter((name) => env[name] !== undefined && resolve(env[name]).startsWith(resolve(env.LIAISE_DATA_DIR) + sep))
    .map((name) => `${name} must lie outside LIAISE_DATA_DIR, so that a backup of the data does not carry its key.`);
}

function toConfig(env: Environment): Config {
  const publicUrl = env.LIAISE_PUBLIC_URL === undefined ? null : new URL(env.LIAISE_PUBLIC_URL);
  const dataDir = resolve(env.LIAISE_DATA_DIR);
  const listening = listenAddress(env, publicUrl);
  return {
    publicUrl,
    kind: env.LIAISE_INSTANCE_KIND,
    ...(env.DATABASE_URL !== undefined && { databaseUrl: secret(env.DATABASE_URL) }),
    dataDir,
    rootKeyFile: env.LIAISE_ROOT_KEY_FILE === undefined ? `${dataDir}.root-key` : resolve(env.LIAISE_ROOT_KEY_FILE),
    rootKeyProvider: env.LIAISE_ROOT_KEY_PROVIDER,
    rootPassphraseFile: env.LIAISE_ROOT_PASSPHRASE_FILE === undefined ? null : resolve(env.LIAISE_ROOT_PASSPHRASE_FILE),
    mail: isMailOn(env)
      ? { on: true, url: secret(env.LIAISE_MAIL_URL ?? ''), from: env.LIAISE_MAIL_FROM ?? '' }
      : { on: false },
    allowPeerCidrs: env.LIAISE_ALLOW_PEER_CIDRS,
    trustProxy: env.LIAISE_TRUST_PROXY,
    ...listening,
    providerAdminMayConsent: env.LIAISE_PROVIDER_ADMIN_MAY_CONSENT,
    ...(env.LIAISE_METRICS_TOKEN !== undefined && { metricsToken: secret(env.LIAISE_METRICS_TOKEN) }),
    logLevel: env.LIAISE_LOG_LEVEL,
  };
}

/**
 * Without a public URL only this machine may connect: nobody has said under which name others would come. With one, the
 * default is loopback as well: the program speaks plain HTTP, so whoever listens wider says so.
 */
function listenAddress(env: Environment, publicUrl: URL | null): Pick<Config, 'host' | 'port' | 'notes'> {
  const local = publicUrl !== null && LOOPBACK_NAMES.includes(publicUrl.hostname);
  const port = env.LIAISE_PORT ?? (local && publicUrl.port !== '' ? Number(publicUrl.port) : DEFAULT_PORT);
  if (publicUrl !== null) {
    const host = env.LIAISE_HOST ?? (local ? publicUrl.hostname.replace(/^\[|\]$/g, '') : '127.0.0.1');
    return { host, port, notes: [] };
  }
  if (env.LIAISE_HOST === undefined || LOOPBACK_NAMES.includes(env.LIAISE_HOST)) {
    return { host: env.LIAISE_HOST ?? '127.0.0.1', port, notes: [] };
  }
  const note = `LIAISE_PUBLIC_URL is not set, so the program listens on 127.0.0.1 and not on ${env.LIAISE_HOST}.`;
  return { host: '127.0.0.1', port, notes: [note] };
}
