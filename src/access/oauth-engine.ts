import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { type errors, Provider } from 'oidc-provider';
import type { Clock, Random } from '../kernel/index.ts';
import type { KeyRing, LentKey } from '../keys/index.ts';
import type { Db } from '../platform/db/index.ts';
import type { CookieNames } from '../platform/http/index.ts';
import type { AccessClient } from './client.ts';
import { type ConsentPolicy, engineConfiguration } from './engine-configuration.ts';

/** The key ring as this room's server side uses it: the modules sx.oauth.as and sx.oauth.web. */
export type ServerKeys = Pick<KeyRing, 'privateKey' | 'publicKeys' | 'mac'>;

/** The part of the program's log that this room uses. */
export type AccessLog = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
};

/** Names and Secure for the library's cookies. */
export type OAuthCookies = Pick<CookieNames, 'oauthSession' | 'interaction' | 'resume' | 'secure'>;

export type EngineDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: AccessLog;
  readonly keys: ServerKeys;
  /** Origin of the configured public address: the issuer. */
  readonly origin: string;
  /** NOTE they must be Lax, not Strict: a Strict cookie is absent when the browser comes back from the other instance. */
  readonly cookies: OAuthCookies;
  readonly policy: ConsentPolicy;
  /** A client has signed with a key that is not on file: asks its instance for the keys of now, and stores them. */
  readonly renewClientKeys?: (client: AccessClient) => Promise<void>;
};

/**
 * The OAuth library, made with the keys of this moment. All its state is in the database, so it is simply made again when
 * a key was replaced. Throws what the keys room throws (KeysSealed, KeyUnavailable, KeyUseRefused).
 */
export function oauthEngine(deps: EngineDeps): () => Promise<Provider> {
  let made: { readonly of: string; readonly provider: Provider } | undefined;
  return async () => {
    const web = deps.keys.mac('sx.oauth.web');
    const cookieKeys = (await web.tags('cookies', deps.origin)).map((key) => Buffer.from(key).toString('base64url'));
    const nonceSecret = Buffer.from(await web.tag('dpop-nonce/token', deps.origin));
    const signing = await deps.keys.privateKey('sx.oauth.as');
    const of = [signing.kid, ...cookieKeys.map(digest)].join(' ');
    if (made?.of !== of) made = { of, provider: provider(deps, { signing, cookieKeys, nonceSecret }) };
    return made.provider;
  };
}

/** What is drawn from keys at the moment the library is made. */
export type EngineSecrets = {
  readonly signing: LentKey;
  readonly cookieKeys: readonly string[];
  readonly nonceSecret: Buffer;
};

function provider(deps: EngineDeps, secrets: EngineSecrets): Provider {
  const { log } = deps;
  const made = new Provider(deps.origin, engineConfiguration(deps, secrets));
  // The mount tells the library its scheme and host in forwarded headers of our own making (oauth-plugin.ts).
  made.proxy = true;
  made.silent = true;
  const refused = (where: string) => (_ctx: unknown, error: errors.OIDCProviderError) =>
    log.info({ where, error: error.error, detail: error.error_detail }, 'an OAuth request was refused');
  // Typed as Koa's emitter: the library's types know only its newest events.
  const events: EventEmitter = made;
  events.on('pushed_authorization_request.error', refused('pushed request'));
  events.on('authorization.error', refused('authorization'));
  events.on('grant.error', refused('token'));
  events.on('server_error', (_ctx: unknown, error: unknown) => log.warn({ err: error }, 'the OAuth library failed'));
  events.on('error', (error: unknown) => log.warn({ err: error }, 'the OAuth library failed'));
  return made;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
