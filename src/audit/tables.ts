import type { ColumnType, Generated } from 'kysely';

export type EntryTable = {
  id: Generated<number>;
  at: Date;
  event: string;
  outcome: 'done' | 'refused';
  actor_kind: 'user' | 'system' | 'peer';
  actor_id: string;
  actor_name: string;
  actor_via: 'session' | 'token' | null;
  subject: string;
  /** Read as an object, written with json(). */
  detail: ColumnType<Record<string, unknown>>;
  /** Its place in the chain, from 1; null until the chaining job has numbered it. */
  position: Generated<number | null>;
  previous_hash: Generated<string | null>;
  hash: Generated<string | null>;
};

export type HeadTable = {
  position: number;
  hash: string;
  signed_at: Date;
  /** Compact JWS, type sx-audit-head+jwt. */
  statement: string;
};

declare module '../platform/db/database.ts' {
  interface Database {
    'audit.entry': EntryTable;
    'audit.head': HeadTable;
  }
}
