import { isIP } from 'node:net';
import { err, ok, type Result } from '../../kernel/index.ts';
import { isReachable, parseCidrs } from './address.ts';

/** Which addresses this instance may call. */
export type PeerRules = {
  readonly kind: 'production' | 'non-production';
  /** CIDR texts, from the server's configuration only. */
  readonly allowCidrs: readonly string[];
};

export type PeerUrlError = {
  readonly code: 'malformed' | 'scheme' | 'credentials' | 'path' | 'query' | 'fragment' | 'forbidden-address';
  /** A sentence for the person who typed the address. */
  readonly message: string;
};

/** The host of a URL as an address: without the brackets of IPv6, and with names that are loopback by definition (RFC 6761). */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(bare) !== 0) return bare;
  return bare === 'localhost' || bare.endsWith('.localhost') ? '127.0.0.1' : undefined;
}

/** Scheme, credentials and literal address: what holds for every outbound URL, whatever its path. */
export function checkTarget(url: URL, rules: PeerRules): PeerUrlError | undefined {
  const httpAllowed = rules.kind === 'non-production' && rules.allowCidrs.length > 0;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && httpAllowed)) {
    return { code: 'scheme', message: 'The address must begin with https://.' };
  }
  if (url.username !== '' || url.password !== '') {
    return { code: 'credentials', message: 'The address must not contain a user name or a password.' };
  }
  const literal = literalAddress(url.hostname);
  if (literal !== undefined && !isReachable(url.protocol, literal, parseCidrs(rules.allowCidrs))) {
    return {
      code: 'forbidden-address',
      message: 'This address is on a private or local network, which this instance is not configured to call.',
    };
  }
  return undefined;
}

/**
 * Reads the base address of another instance as a person typed it: scheme, host and port, nothing else. Pure: looks at
 * the text only, a name is looked up when it is called. Source: protocol T6 and B.4, spec REG-24.
 */
export function checkPeerUrl(text: string, rules: PeerRules): Result<URL, PeerUrlError> {
  const trimmed = text.trim();
  const url = URL.parse(trimmed);
  if (url === null || url.hostname === '' || !/^[a-z]+:\/\//i.test(trimmed)) {
    return err({ code: 'malformed', message: 'Enter the full address, for example https://service.example.com.' });
  }
  const refusal = checkTarget(url, rules);
  if (refusal !== undefined) return err(refusal);
  // A name with the root's dot is the same host under another origin, and would pass for another instance.
  if (url.hostname.endsWith('.')) {
    return err({ code: 'malformed', message: 'Leave out the dot at the end of the name.' });
  }
  // `search` and `hash` are empty for a bare `?` or `#`, so the text is looked at, too.
  if (url.hash !== '' || trimmed.includes('#')) {
    return err({ code: 'fragment', message: 'The address must not contain a # part.' });
  }
  if (url.search !== '' || trimmed.includes('?')) {
    return err({ code: 'query', message: 'The address must not contain a ? part.' });
  }
  if (url.pathname !== '/') return err({ code: 'path', message: 'The address must not contain a path.' });
  return ok(url);
}
