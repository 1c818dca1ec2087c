import type { Migration } from '../../platform/db/index.ts';

export const clientsAndRecords: Migration = {
  room: 'access',
  name: '0001-clients-and-records',
  sql: `
create table access.client (
  client_id     text primary key,
  phase         text not null check (phase in ('attempt', 'keyed')),
  keys          jsonb not null,
  redirect_uris jsonb not null,
  owner_kind    text not null,
  owner_id      text not null,
  created_at    timestamptz not null,
  constraint client_keyed_has_no_redirect check (phase <> 'keyed' or jsonb_array_length(redirect_uris) = 0)
);
create index client_owner on access.client (owner_kind, owner_id);

create table access.service_account (
  name       text primary key check (name like 'sb\\_user\\_%'),
  owner_kind text not null,
  owner_id   text not null,
  created_at timestamptz not null
);
create unique index service_account_owner on access.service_account (owner_kind, owner_id);

create table access.oauth_record (
  model       text not null,
  id_hash     text not null,
  sealed      text not null,
  grant_hash  text,
  client_id   text,
  consumed_at timestamptz,
  expires_at  timestamptz not null,
  primary key (model, id_hash)
);
create index oauth_record_grant on access.oauth_record (grant_hash) where grant_hash is not null;
create index oauth_record_client on access.oauth_record (client_id) where client_id is not null;
create index oauth_record_expiry on access.oauth_record (expires_at);

create table access.proof_seen (
  id_hash    text primary key,
  expires_at timestamptz not null
);
create index proof_seen_expiry on access.proof_seen (expires_at);
`,
};
