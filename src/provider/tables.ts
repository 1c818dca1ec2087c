import type { Generated } from 'kysely';
import type { CompanyId } from '../directory/index.ts';
import type { UserId } from '../kernel/index.ts';
import type { ConnectionId } from '../link/index.ts';
import type { InstanceId } from '../protocol/index.ts';
import type { AttemptStep } from './onboarding/attempt.ts';
import type { InvitationState } from './registration/invitation.ts';
import type { RegistrationId, RegistrationState } from './registration/registration.ts';

declare module '../platform/db/database.ts' {
  interface Database {
    'provider.provider': { only_one: Generated<boolean>; name: string; created_at: Date; updated_at: Date };
    'provider.registration': {
      id: RegistrationId;
      number: string;
      company_id: CompanyId;
      contact_id: UserId;
      url: string;
      state: RegistrationState;
      instance_id: InstanceId | null;
      validation_since: Date;
      link_generation: Generated<number>;
      connection_id: ConnectionId | null;
      created_by: UserId;
      created_at: Date;
      updated_at: Date;
    };
    'provider.invitation': {
      registration_id: RegistrationId;
      generation: number;
      jti: string;
      statement: string;
      sealed_secret: string | null;
      state: InvitationState;
      bad_macs: Generated<number>;
      mailed_to: string | null;
      mailed_at: Date | null;
      mail_failed_at: Date | null;
      created_at: Date;
      expires_at: Date;
    };
    'provider.wrong_guess': { registration_id: RegistrationId; generation: number; statement_hash: string };
    'provider.attempt': {
      registration_id: RegistrationId;
      number: number;
      step: AttemptStep;
      consumer_instance_id: InstanceId;
      client_id: string;
      hello_hash: string;
      hello_ack_hash: string;
      th2: string;
      reg_digest: string;
      dpop_jkt: string;
      sealed_secret: string | null;
      consented_by: UserId | null;
      connection_id: ConnectionId | null;
      th4: string | null;
      refusal_code: string | null;
      refusal_at: Date | null;
      /** Who was turned away, and why, as '<user id> <code>'. */
      refused_visits: string[];
      reason: string | null;
      expires_at: Date;
      claimed_at: Date;
      authorised_at: Date | null;
      keyed_at: Date | null;
      committed_at: Date | null;
      connected_at: Date | null;
      aborted_at: Date | null;
    };
    'provider.step_answer': {
      registration_id: RegistrationId;
      issuer: InstanceId;
      attempt: number;
      step: string;
      request_hash: string;
      answer: string;
      answered_at: Date;
    };
    'provider.consumer_connection': {
      number: string;
      registration_id: RegistrationId;
      connection_id: ConnectionId;
      company_id: CompanyId;
      created_at: Date;
    };
  }
}
