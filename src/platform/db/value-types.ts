import pg from 'pg';

const BIGINT = 20;

// Counters and sequence numbers here stay far below 2^53; a number is the same type on both engines.
pg.types.setTypeParser(BIGINT, Number);

/** One column's text as a value: the same parsers for both engines, because they are node-postgres's own. */
export function parseValue(oid: number, text: string | null): unknown {
  return text === null ? null : pg.types.getTypeParser(oid, 'text')(text);
}

/** A parameter as the text that PostgreSQL reads; the embedded engine's counterpart of what node-postgres sends. */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return arrayText(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function arrayText(items: readonly unknown[]): string {
  const element = (item: unknown): string => {
    if (Array.isArray(item)) return arrayText(item);
    const text = parameterText(item);
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  };
  return `{${items.map(element).join(',')}}`;
}
