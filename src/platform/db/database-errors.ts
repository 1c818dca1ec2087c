const UNIQUE_VIOLATION = '23505';

/** True when a write was refused because such a row exists; with `constraint`, because of that constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== UNIQUE_VIOLATION) return false;
  return constraint === undefined || ('constraint' in error && error.constraint === constraint);
}

/** True when a value could not be read as its type (class 22, data exception). */
export const isUnreadableValue = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('22');

/** Thrown where no connection to the database could be had. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway';
}

/** disk_full, and then: connection exceptions, an administrator's shutdown, too many connections (PostgreSQL, appendix A). */
const FULL = '53100';
const AWAY = /^(08...|57P0[123]|53300)$/;
const BROKEN_SOCKET = /^(EPIPE|ECONNRESET)$/;

/** What keeps the database from doing anything whoever asks, and will pass; undefined for every other error. */
export function databaseTrouble(error: unknown): 'full' | 'away' | undefined {
  if (error instanceof DatabaseAway) return 'away';
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === FULL) return 'full';
  // A connection that broke under a statement has no SQLSTATE: the driver says so in words, or the socket by a code of its own.
  const broken = BROKEN_SOCKET.test(code) || error.message.startsWith('Connection terminated');
  return AWAY.test(code) || broken ? 'away' : undefined;
}
