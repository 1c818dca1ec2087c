import type { Migration } from '../../platform/db/migration.ts';

export const providerMigration: Migration = {
  room: 'provider',
  name: '0001-provider',
  sql: `
-- One provider record at most (PRV-04): the key can hold one value only.
create table provider.provider (
  only_one boolean primary key default true check (only_one),
  name text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create sequence provider.registration_number start 1001;
create table provider.registration (
  id text primary key,
  number text not null unique,
  company_id text not null,
  contact_id text not null,
  -- The consumer's origin, as URL.origin writes it.
  url text not null,
  state text not null check (state in ('awaiting-validation', 'validation-failed', 'open', 'work-in-progress',
    'closed-complete', 'closed-incomplete', 'cancelled')),
  -- Pinned when the consumer's instance first proves who it is.
  instance_id text,
  -- Verdicts of scans requested before this are about an earlier contact and do not count.
  validation_since timestamptz not null,
  link_generation integer not null default 0,
  connection_id text,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index registration_state on provider.registration (state);
create index registration_contact on provider.registration (contact_id);
-- One live registration per address (REG-27).
create unique index registration_live_url on provider.registration (company_id, url)
  where state not in ('cancelled', 'closed-incomplete');

-- What a link is made of. The secret is sealed (module sx.invite); the link itself is in no row: it is put together when read.
create table provider.invitation (
  registration_id text not null references provider.registration,
  generation integer not null,
  jti text not null unique,
  statement text not null,
  sealed_secret text,
  state text not null check (state in ('live', 'superseded', 'used', 'locked')),
  bad_macs integer not null default 0,
  mailed_to text,
  mailed_at timestamptz,
  mail_failed_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (registration_id, generation)
);

create table provider.attempt (
  registration_id text not null references provider.registration,
  number integer not null,
  step text not null check (step in ('claimed', 'authorised', 'keyed', 'committed', 'connected', 'aborted')),
  consumer_instance_id text not null,
  client_id text not null,
  hello_hash text not null,
  hello_ack_hash text not null,
  th2 text not null,
  reg_digest text not null,
  -- The handshake's shared secret, sealed (module sx.session) until the connection has its keys; then null.
  sealed_secret text,
  consented_by text,
  connection_id text,
  th4 text,
  refusal_code text,
  refusal_at timestamptz,
  reason text,
  expires_at timestamptz not null,
  claimed_at timestamptz not null,
  authorised_at timestamptz,
  keyed_at timestamptz,
  committed_at timestamptz,
  connected_at timestamptz,
  aborted_at timestamptz,
  primary key (registration_id, number)
);

-- Every step answered once: the same request gets the same answer, another request for the same step is refused.
create table provider.step_answer (
  registration_id text not null references provider.registration,
  issuer text not null,
  attempt integer not null,
  step text not null,
  request_hash text not null,
  answer text not null,
  answered_at timestamptz not null,
  primary key (registration_id, issuer, attempt, step)
);

create sequence provider.connection_number start 1001;
create table provider.consumer_connection (
  number text primary key,
  registration_id text not null unique references provider.registration,
  connection_id text not null unique,
  company_id text not null,
  created_at timestamptz not null
);
`,
};
