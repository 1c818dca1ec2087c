import type { Migration } from '../../platform/db/migration.ts';

export const consumerMigration: Migration = {
  room: 'consumer',
  name: '0001-consumer',
  sql: `
create sequence consumer.provider_connection_number start 1001;
create table consumer.provider_connection (
  id text primary key,
  number text not null unique,
  state text not null check (state in ('new', 'awaiting-validation', 'validation-failed', 'validated', 'connecting', 'onboarded')),
  provider_instance_id text not null,
  provider_origin text not null,
  provider_name text not null,
  -- The provider's registration, as its invitation names it.
  registration_id text not null,
  invitation_jti text not null,
  invitation_generation integer not null,
  link_expires_at timestamptz not null,
  -- The link's secret, sealed (module sx.invite); let go when connected.
  sealed_secret text,
  masked_contact text not null,
  company_id text,
  validation_since timestamptz not null,
  connection_id text,
  imported_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- One record per registration: importing again opens the same one (CON-02).
create unique index provider_connection_registration
  on consumer.provider_connection (provider_instance_id, registration_id);

create table consumer.attempt (
  provider_connection_id text not null references consumer.provider_connection,
  number integer not null,
  step text not null check (step in ('greeting', 'authorising', 'redeeming', 'confirming', 'testing', 'prepared', 'connected', 'aborted')),
  -- Everything secret of the attempt, sealed as one (module sx.session): keys, code verifier, token.
  sealed_secrets text,
  hello text not null,
  hello_ack text,
  confirm text,
  confirm_ack text,
  prepared text,
  started_by text not null,
  connection_id text,
  reason text,
  expires_at timestamptz not null,
  greeting_at timestamptz not null,
  authorising_at timestamptz,
  redeeming_at timestamptz,
  confirming_at timestamptz,
  testing_at timestamptz,
  prepared_at timestamptz,
  connected_at timestamptz,
  aborted_at timestamptz,
  primary key (provider_connection_id, number)
);
`,
};
