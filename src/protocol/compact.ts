import { fromBase64url } from './encoding.ts';
import { parseJson } from './json.ts';

const SEGMENT_CHARACTERS = /^[A-Za-z0-9_.-]+$/;

/**
 * The segments of a compact JOSE text (3 for JWS, 5 for JWE), decoded, when each is the one spelling of its bytes; else null.
 * NOTE jose alone accepts white space, padding and flipped tail bits in a segment, so it never sees text that fails here.
 */
export function strictSegments(compact: string, count: 3 | 5): readonly Buffer[] | null {
  if (!SEGMENT_CHARACTERS.test(compact)) return null;
  const segments = compact.split('.').map(fromBase64url);
  return segments.length === count && segments.every((segment) => segment !== null) ? segments : null;
}

/** A protected header: one JSON object without duplicate members; else null. */
export function strictHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const parsed = parseJson(bytes);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value))
    return null;
  return parsed.value as Readonly<Record<string, unknown>>;
}

/** The header has these members, all of them, and no other. */
export const hasExactly = (header: Readonly<Record<string, unknown>>, members: readonly string[]): boolean =>
  Object.keys(header).length === members.length && members.every((name) => Object.hasOwn(header, name));
