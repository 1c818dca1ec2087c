import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isReachable, type parseCidrs } from './address.ts';
import { literalAddress } from './peer-url.ts';

export type ResolvedAddress = { readonly address: string; readonly family: number };
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** getaddrinfo does not know names below `localhost`, browsers do (RFC 6761 section 6.3): both mean this machine. */
export const systemResolve: Resolve = (hostname) =>
  dnsLookup(hostname.endsWith('.localhost') ? 'localhost' : hostname, { all: true });

export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
}

/** Longer than any healthy handshake across the world, short enough that a person still waits. */
const CONNECT_TIMEOUT_MS = 5_000;

export type GuardOptions = {
  readonly allowed: ReturnType<typeof parseCidrs>;
  readonly resolve: Resolve;
  /** Certificate authorities beside the system's, PEM. */
  readonly ca?: string;
  readonly acceptAnyCertificate?: boolean;
};

/**
 * Opens sockets to permitted addresses only. The check sits in the lookup that the socket itself uses, so there is no
 * moment between check and use in which a name could change its mind (protocol T7). One forbidden address among the
 * answers refuses the name: such a mixture is how rebinding looks. Literal addresses skip lookups, so they are checked here.
 */
export function guardedConnector(options: GuardOptions): buildConnector.connector {
  const lookupFor =
    (protocol: string): LookupFunction =>
    (hostname, { all }, callback) => {
      options.resolve(hostname).then(
        (found) => {
          const [first] = found;
          if (first === undefined) {
            callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
          } else if (!found.every(({ address }) => isReachable(protocol, address, options.allowed))) {
            callback(new ForbiddenAddress(), '');
          } else if (all) {
            callback(null, [...found]);
          } else {
            callback(null, first.address, first.family);
          }
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error('lookup failed'), ''),
      );
    };

  const connectorFor = (protocol: string) =>
    buildConnector({
      lookup: lookupFor(protocol),
      timeout: CONNECT_TIMEOUT_MS,
      allowH2: false,
      ...(options.ca !== undefined && { ca: options.ca }),
      ...(options.acceptAnyCertificate === true && { rejectUnauthorized: false, maxCachedSessions: 0 }),
    });
  const connectors: Readonly<Record<string, buildConnector.connector>> = {
    'https:': connectorFor('https:'),
    'http:': connectorFor('http:'),
  };

  return (target, callback) => {
    const connect = connectors[target.protocol];
    const literal = literalAddress(target.hostname);
    if (connect === undefined || (literal !== undefined && !isReachable(target.protocol, literal, options.allowed))) {
      callback(new ForbiddenAddress(), null);
    } else {
      connect(target, callback);
    }
  };
}
