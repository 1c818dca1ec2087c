import { Secret } from '../../kernel/index.ts';

/** Names under which a secret may travel, whatever the object: headers, OAuth parameters, forms, our own columns. */
const SECRET_NAME =
  /^(authorization|proxy-?authorization|cookie|set-?cookie|dpop|code|request_uri|client_assertion)$|passw|passphrase|secret|token|private_?key|csrf/i;

/** Deep enough for what we log; below that only the kind of value is told, so a cycle ends, too. */
const DEEPEST = 6;

/** A copy of `value` that is safe to print: members with a secret's name and values of the type Secret read `[secret]`. */
export function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Secret) return '[secret]';
  if (value instanceof Error) return describeError(value);
  if (value instanceof URL) return value.origin + value.pathname;
  if (value instanceof Date || value === null || typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= DEEPEST) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      SECRET_NAME.test(name) && member !== null && member !== undefined ? '[secret]' : redact(member, depth + 1),
    ]),
  );
}

/**
 * Only the members known to be safe: a database error also carries the row's values, an HTTP client's the whole request.
 */
export function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, slug } = error as { code?: unknown; slug?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof slug === 'string' && { slug }),
    ...(error.cause instanceof Error && depth < DEEPEST && { cause: describeError(error.cause, depth + 1) }),
  };
}
