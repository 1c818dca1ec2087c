import { type RawBuilder, sql } from 'kysely';

/** A value for a jsonb column. Without it an array would be sent as a PostgreSQL array, and a string as bare text. */
export const json = <T>(value: T): RawBuilder<T> => sql<T>`${JSON.stringify(value)}::jsonb`;
