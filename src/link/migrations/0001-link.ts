import type { Migration } from '../../platform/db/migration.ts';

export const linkMigration: Migration = {
  room: 'link',
  name: '0001-link',
  sql: `
-- What another instance has proved about itself. Pinned by id: an origin that later shows another id is refused.
create table link.peer (
  instance_id text primary key,
  origin text not null,
  display text not null,
  genesis jsonb not null,
  succession_log jsonb not null,
  manifest text not null,
  manifest_seq integer not null,
  root_thumbprint text not null,
  skew_ms integer not null,
  first_seen_at timestamptz not null,
  seen_at timestamptz not null
);

create table link.connection (
  id text primary key,
  side text not null check (side in ('provider', 'consumer')),
  owner_id text not null,
  attempt integer not null,
  peer_instance_id text not null references link.peer,
  status text not null check (status in ('pending', 'active', 'suspended', 'off-boarded')),
  local_client_id text not null unique,
  remote_client_id text not null,
  remote_issuer text not null,
  remote_resource text not null,
  service_account text not null,
  own_nonce text not null,
  peer_nonce text,
  settings_ours jsonb not null,
  settings_theirs jsonb,
  outbound_seq integer not null default 0,
  inbound_seq integer not null default 0,
  inbound_hash text not null default '',
  created_at timestamptz not null,
  activated_at timestamptz,
  unique (owner_id, attempt)
);
-- One live connection per pair of instances (OQ-29).
create unique index connection_live_peer on link.connection (peer_instance_id) where status <> 'off-boarded';

-- Traffic secrets, sealed by the key management framework (module sx.session).
create table link.traffic_secret (
  connection_id text not null references link.connection on delete cascade,
  epoch integer not null,
  label text not null check (label in ('c2p', 'p2c', 'ratchet')),
  sealed text not null,
  primary key (connection_id, epoch, label)
);

-- Lane 0, outgoing: stop and wait. The signed batch is kept so that a repeated send is the same statement.
create table link.control_message (
  connection_id text not null references link.connection on delete cascade,
  seq integer not null,
  message jsonb not null,
  batch text,
  hash text,
  receipt text,
  created_at timestamptz not null,
  receipted_at timestamptz,
  primary key (connection_id, seq)
);

-- Lane 0, incoming: what was accepted and the receipt given for it.
create table link.control_receipt (
  connection_id text not null references link.connection on delete cascade,
  seq integer not null,
  hash text not null,
  receipt text not null,
  accepted_at timestamptz not null,
  primary key (connection_id, seq)
);

create table link.activity (
  id text primary key,
  position bigint generated always as identity,
  record text not null,
  kind text not null check (kind in ('comment', 'workNote', 'registration-link')),
  author text not null,
  body text not null,
  generation integer,
  created_at timestamptz not null
);
create index activity_record on link.activity (record, position desc);
`,
};
