import canonicalize from 'canonicalize';
import { err, ok, type Result } from '../kernel/index.ts';
import { decodeUtf8 } from './encoding.ts';
import { limits } from './limits.ts';

export type JsonError = 'bad-utf8' | 'bad-json' | 'too-deep' | 'too-many-members' | 'duplicate-member' | 'bad-text';

/**
 * Parses JSON as a hostile peer may write it. Refused beside bad grammar: duplicate members, a `__proto__` member, lone
 * surrogates, U+0000 (PostgreSQL cannot store it), numbers beyond a double, more depth or members than `limits` allow.
 * The caller has checked the size. Source: docs/protocol/conventions.md.
 */
export function parseJson(data: string | Uint8Array): Result<unknown, JsonError> {
  const decoded = typeof data === 'string' ? ok(data) : decodeUtf8(data);
  if (!decoded.ok) return decoded;
  let value: unknown;
  try {
    value = JSON.parse(decoded.value);
  } catch {
    return err('bad-json');
  }
  const counter = { members: 0 };
  const refused = inspect(value, 1, counter);
  if (refused !== null) return err(refused);
  // NOTE JSON.parse keeps the last of two equal members; each one has its own colon, so counting colons finds the lost one.
  return structuralColons(decoded.value) === counter.members ? ok(value) : err('duplicate-member');
}

function inspect(value: unknown, depth: number, counter: { members: number }): JsonError | null {
  if (typeof value === 'string') return isStorable(value) ? null : 'bad-text';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'bad-json';
  if (value === null || typeof value !== 'object') return null;
  if (depth > limits.jsonDepth) return 'too-deep';
  const isArray = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    if (!isArray) {
      counter.members += 1;
      if (counter.members > limits.jsonMembers) return 'too-many-members';
      if (name === '__proto__' || !isStorable(name)) return 'bad-text';
    }
    const refused = inspect(member, depth + 1, counter);
    if (refused !== null) return refused;
  }
  return null;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Colons outside strings; `text` is already known to be JSON. */
function structuralColons(text: string): number {
  let colons = 0;
  let insideString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (insideString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) insideString = false;
    } else if (code === QUOTE) insideString = true;
    else if (code === COLON) colons += 1;
  }
  return colons;
}

/** Canonical JSON (RFC 8785). Throws for what JSON cannot say: that is a bug of the caller, never a peer's doing. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('canonical JSON needs a JSON value');
  return text;
}
