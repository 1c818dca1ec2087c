import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * What the database keeps of a session, an API token, a link or a set-up code. Plain SHA-256 is enough: each holds at
 * least 100 random bits, so there is nothing to guess and nothing that a slow hash would protect.
 */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/** Compares in constant time. */
export function sameSecret(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest();
  const b = createHash('sha256').update(right).digest();
  return timingSafeEqual(a, b);
}
