import type { ColumnType, Generated } from 'kysely';
import type { InstanceId } from '../protocol/index.ts';
import type { ActivityId, ActivityKind } from './activity/activity.ts';
import type { ConnectionId, ConnectionStatus, Side, SuspensionReason } from './connection.ts';

type Json<T> = ColumnType<T, unknown, unknown>;

declare module '../platform/db/database.ts' {
  interface Database {
    'link.peer': {
      instance_id: InstanceId;
      origin: string;
      display: string;
      genesis: Json<Record<string, unknown>>;
      succession_log: Json<string[]>;
      manifest: string;
      manifest_seq: number;
      root_thumbprint: string;
      skew_ms: number;
      first_seen_at: Date;
      seen_at: Date;
    };
    'link.connection': {
      id: ConnectionId;
      side: Side;
      owner_id: string;
      attempt: number;
      peer_instance_id: InstanceId;
      status: ConnectionStatus;
      local_client_id: string;
      remote_client_id: string;
      remote_issuer: string;
      remote_resource: string;
      service_account: string;
      own_nonce: string;
      peer_nonce: string | null;
      settings_ours: Json<Record<string, unknown>>;
      settings_theirs: Json<Record<string, unknown> | null>;
      outbound_seq: Generated<number>;
      inbound_seq: Generated<number>;
      inbound_hash: Generated<string>;
      created_at: Date;
      activated_at: Date | null;
      suspended_for: ColumnType<SuspensionReason | null, undefined, SuspensionReason | null>;
    };
    'link.manifest_seen': {
      connection_id: ConnectionId;
      seq: Generated<number>;
      asked_seq: Generated<number>;
      asked_at: Date | null;
    };
    'link.safety_comparison': {
      peer_instance_id: InstanceId;
      safety_number: string;
      compared_by: string;
      compared_at: Date;
    };
    'link.traffic_secret': {
      connection_id: ConnectionId;
      epoch: number;
      label: 'c2p' | 'p2c' | 'ratchet';
      sealed: string;
    };
    'link.control_message': {
      connection_id: ConnectionId;
      seq: number;
      message: Json<Record<string, unknown>>;
      batch: string | null;
      hash: string | null;
      signed_by: string | null;
      replaces: Json<string[]>;
      receipt: string | null;
      created_at: Date;
      receipted_at: Date | null;
    };
    'link.control_receipt': {
      connection_id: ConnectionId;
      seq: number;
      hash: string;
      content: string | null;
      signed_by: string | null;
      receipt: string;
      accepted_at: Date;
    };
    'link.replaced_receipt': {
      connection_id: ConnectionId;
      seq: number;
      hash: string;
      signed_by: string;
      receipt: string;
      accepted_at: Date;
      replaced_at: Date;
    };
    'link.activity': {
      id: ActivityId;
      position: Generated<number>;
      record: string;
      kind: ActivityKind;
      author: string;
      body: string;
      generation: number | null;
      created_at: Date;
    };
  }
}
