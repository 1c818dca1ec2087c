/**
 * What a registration link says of itself. Unverified, and good for nothing but showing it before the button is pressed:
 * the instance verifies the link when it imports it.
 */
export type Invitation = {
  readonly provider: string;
  readonly origin: string;
  readonly instanceId: string;
  /** The only address that may import this link. */
  readonly consumerOrigin: string;
  /** Masked address of the contact. */
  readonly contact: string;
  readonly expiresAt: Date;
};

const FRAGMENT = /^i=[\w-]+\.([\w-]+)\.[\w-]+&s=[\w-]{43}$/;

/** Reads what follows the `#` of a registration link; null when it is not one, or damaged. */
export function readInvitation(fragment: string): Invitation | null {
  const payload = FRAGMENT.exec(fragment)?.[1];
  if (payload === undefined) return null;
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const { pn, purl, iss, curl, ch, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof exp !== 'number') return null;
    const texts = [pn, purl, iss, curl, ch];
    if (!texts.every((text) => typeof text === 'string')) return null;
    const [provider, origin, instanceId, consumerOrigin, contact] = texts as [string, string, string, string, string];
    return { provider, origin, instanceId, consumerOrigin, contact, expiresAt: new Date(exp * 1000) };
  } catch {
    return null;
  }
}
