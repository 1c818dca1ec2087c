import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../config/index.ts';
import { describeError, redact } from './redact.ts';

/** Facts as JSON lines: a sentence for people, members for machines. Never a body, a query string or a secret. */
export type Log = Logger;

/** `destination` is for tests; the program writes to its standard output. */
export function createLog(config: { readonly logLevel: LogLevel }, destination?: DestinationStream): Log {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (members: Record<string, unknown>) => redact(members) as Record<string, unknown>,
    },
    serializers: { err: (error: unknown) => (error instanceof Error ? describeError(error) : error) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
