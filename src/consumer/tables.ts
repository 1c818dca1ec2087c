import type { CompanyId } from '../directory/index.ts';
import type { UserId } from '../kernel/index.ts';
import type { ConnectionId } from '../link/index.ts';
import type { InstanceId } from '../protocol/index.ts';
import type { AttemptStep } from './connect/attempt.ts';
import type { ProviderConnectionId, ProviderConnectionState } from './provider-connection.ts';

declare module '../platform/db/database.ts' {
  interface Database {
    'consumer.provider_connection': {
      id: ProviderConnectionId;
      number: string;
      state: ProviderConnectionState;
      provider_instance_id: InstanceId;
      provider_origin: string;
      provider_name: string;
      registration_id: string;
      invitation_jti: string;
      invitation_generation: number;
      link_expires_at: Date;
      sealed_secret: string | null;
      masked_contact: string;
      company_id: CompanyId | null;
      validation_since: Date;
      connection_id: ConnectionId | null;
      imported_by: UserId;
      created_at: Date;
      updated_at: Date;
    };
    'consumer.attempt': {
      provider_connection_id: ProviderConnectionId;
      number: number;
      step: AttemptStep;
      sealed_secrets: string | null;
      hello: string;
      hello_ack: string | null;
      confirm: string | null;
      confirm_ack: string | null;
      prepared: string | null;
      started_by: UserId;
      connection_id: ConnectionId | null;
      reason: string | null;
      expires_at: Date;
      greeting_at: Date;
      authorising_at: Date | null;
      redeeming_at: Date | null;
      confirming_at: Date | null;
      testing_at: Date | null;
      prepared_at: Date | null;
      connected_at: Date | null;
      aborted_at: Date | null;
    };
  }
}
