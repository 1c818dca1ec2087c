import type { Migration } from '../../platform/db/migration.ts';

export const keysMigration: Migration = {
  room: 'keys',
  name: '0001-keys',
  sql: `
-- Every row carries an HMAC under the instance HMAC key; keys.instance also covers which rows there are. A row changed,
-- removed or brought back by anything but the program is found out and not used.
create table keys.instance (
  only_one boolean primary key default true check (only_one),
  instance_id text not null,
  genesis jsonb not null,
  succession_log jsonb not null,
  -- The instance root key, wrapped by the root key outside the database; the HMAC key, wrapped by the instance root key.
  root_key text not null,
  hmac_key text not null,
  manifest text,
  manifest_seq integer not null,
  -- Hash of what the manifest says, without number and dates: another one means sign again.
  manifest_digest text,
  manifest_expires_at timestamptz,
  recovery_file_confirmed_at timestamptz,
  rows_digest text not null,
  created_at timestamptz not null,
  mac text not null
);

create table keys.class_key (
  class text primary key check (class in ('identity', 'oauth', 'session', 'data')),
  wrapped text not null,
  created_at timestamptz not null,
  mac text not null
);

create table keys.key_version (
  module text not null,
  version integer not null check (version > 0),
  kid text not null unique,
  state text not null check (state in ('generated', 'active', 'suspended', 'deactivated', 'compromised', 'destroyed')),
  algorithm text not null check (algorithm in ('Ed25519', 'A256GCM', 'HMAC-SHA-256')),
  class text not null references keys.class_key,
  -- The public half, where there is one: base64url of 32 bytes.
  public_x text,
  -- Null once the private or secret part has been destroyed.
  wrapped text,
  generated_at timestamptz not null,
  activated_at timestamptz,
  suspended_at timestamptz,
  deactivated_at timestamptz,
  destroyed_at timestamptz,
  expires_at timestamptz,
  reason text,
  mac text not null,
  primary key (module, version)
);
-- Exactly one active key of each module (KMF-13); that there is one at all is the diagnostics' to say.
create unique index key_version_one_active on keys.key_version (module) where state = 'active';

create table keys.access_policy (
  id text primary key,
  subject text not null,
  module text not null,
  operations jsonb not null,
  effect text not null check (effect in ('track', 'reject', 'strict-reject')),
  expires_at timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  mac text not null,
  constraint access_policy_no_wildcard check (subject !~ '[*%?]' and module !~ '[*%?]' and operations::text !~ '[*%?]')
);

-- Why a use was refused. Allowed uses are not written: they are the ordinary course of things.
create table keys.decision (
  id text primary key,
  subject text not null,
  module text not null,
  operation text not null,
  outcome text not null check (outcome in ('refused', 'flagged')),
  reason text not null,
  policies jsonb not null,
  -- The same decision taken again within one reporting interval is counted, not repeated.
  count integer not null check (count > 0),
  at timestamptz not null
);
create index decision_latest on keys.decision (at desc);
`,
};
