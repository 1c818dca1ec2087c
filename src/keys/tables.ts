import type { ColumnType } from 'kysely';
import type { Genesis, InstanceId } from '../protocol/index.ts';
import type { KeyState } from './key-state.ts';
import type { Algorithm, KeyClass, Operation } from './module.ts';
import type { RotationPhase } from './rotation-phase.ts';

/** Written as jsonb, read as the value. */
type Json<T> = ColumnType<T, unknown, unknown>;

export type InstanceTable = {
  only_one: ColumnType<boolean, undefined, never>;
  instance_id: InstanceId;
  genesis: Json<Genesis>;
  succession_log: Json<string[]>;
  root_key: string;
  hmac_key: string;
  manifest: string | null;
  manifest_seq: number;
  manifest_digest: string | null;
  manifest_expires_at: Date | null;
  recovery_file_confirmed_at: Date | null;
  active_days: Json<Readonly<Partial<Record<string, number>>> | null>;
  rows_digest: string;
  created_at: Date;
  mac: string;
};

export type ClassKeyTable = { class: KeyClass; wrapped: string; created_at: Date; mac: string };

export type KeyVersionTable = {
  module: string;
  version: number;
  kid: string;
  state: KeyState;
  algorithm: Algorithm;
  class: KeyClass;
  public_x: string | null;
  wrapped: string | null;
  generated_at: Date;
  activated_at: Date | null;
  renewed_at: Date | null;
  suspended_at: Date | null;
  rotated_at: Date | null;
  deactivated_at: Date | null;
  compromised_at: Date | null;
  destroyed_at: Date | null;
  expires_at: Date | null;
  reason: string | null;
  mac: string;
};

export type PolicyEffect = 'track' | 'reject' | 'strict-reject';

export type AccessPolicyTable = {
  id: string;
  subject: string;
  module: string;
  operations: Json<Operation[]>;
  effect: PolicyEffect;
  expires_at: Date | null;
  created_by: string;
  created_at: Date;
  mac: string;
};

export type DecisionTable = {
  id: string;
  subject: string;
  module: string;
  operation: string;
  outcome: 'refused' | 'flagged';
  reason: string;
  policies: Json<string[]>;
  count: number;
  at: Date;
};

export type RotationTable = {
  id: string;
  module: string;
  from_version: number;
  to_version: number;
  phase: RotationPhase;
  manifest_seq: number | null;
  resealed: number;
  reason: string;
  started_at: Date;
  promoted_at: Date | null;
  ended_at: Date | null;
};

declare module '../platform/db/database.ts' {
  interface Database {
    'keys.instance': InstanceTable;
    'keys.class_key': ClassKeyTable;
    'keys.key_version': KeyVersionTable;
    'keys.access_policy': AccessPolicyTable;
    'keys.decision': DecisionTable;
    'keys.rotation': RotationTable;
  }
}
