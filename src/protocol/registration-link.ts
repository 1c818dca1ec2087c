import { err, ok, type Result } from '../kernel/index.ts';
import { base64url, fromBase64url } from './encoding.ts';
import { parseJws } from './jws.ts';
import { limits } from './limits.ts';
import { statements } from './statements.ts';

export const LINK_SECRET_BYTES = 32;
const JOIN_PATH = '/sx/join';

export type RegistrationLink = {
  /** Null when only what follows the `#` was pasted. */
  readonly origin: string | null;
  readonly invite: string;
  /** MAC key of this invitation; never sent, never logged. */
  readonly secret: Uint8Array;
};

export type LinkError = { readonly code: 'too-large' | 'malformed' };

/** `{consumer origin}/sx/join#i={invite}&s={secret}`: the fragment never reaches a server. */
export const buildLink = (link: { consumerOrigin: string; invite: string; secret: Uint8Array }): string =>
  `${link.consumerOrigin}${JOIN_PATH}#i=${link.invite}&s=${base64url(link.secret)}`;

const FRAGMENT = /^i=([A-Za-z0-9_.-]+)&s=([A-Za-z0-9_-]{43})$/;

/**
 * Reads a pasted link, or what follows its `#`. Only this spelling passes; white space around it is forgiven because mail
 * programs add it. The invitation inside is grammatical but not yet verified.
 */
export function parseLink(pasted: string): Result<RegistrationLink, LinkError> {
  if (pasted.length > limits.linkCharacters) return err({ code: 'too-large' });
  const text = pasted.trim();
  const hash = text.indexOf('#');
  const origin = hash > 0 ? joinOrigin(text.slice(0, hash)) : null;
  if (hash > 0 && origin === null) return err({ code: 'malformed' });
  const [, invite, secretText] = FRAGMENT.exec(text.slice(hash + 1)) ?? [];
  if (invite === undefined || secretText === undefined) return err({ code: 'malformed' });
  const secret = fromBase64url(secretText);
  if (secret?.length !== LINK_SECRET_BYTES || !parseJws(invite, statements.invite).ok)
    return err({ code: 'malformed' });
  return ok({ origin, invite, secret });
}

function joinOrigin(address: string): string | null {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return `${url.origin}${JOIN_PATH}` === address ? url.origin : null;
}
