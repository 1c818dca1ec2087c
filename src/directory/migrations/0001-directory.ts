import type { Migration } from '../../platform/db/migration.ts';

export const directoryMigration: Migration = {
  room: 'directory',
  name: '0001-directory',
  sql: `
-- Keys are what names fold to; collate "C" sorts them alike on every engine and machine.
create table directory.company (
  id text primary key,
  name text not null,
  name_key text collate "C" not null constraint company_name_key unique,
  active boolean not null default true,
  created_at timestamptz not null
);

create table directory."user" (
  id text primary key,
  username text not null,
  username_key text collate "C" not null constraint user_username_key unique,
  name text not null,
  name_key text collate "C" not null,
  email text,
  email_key text,
  company_id text references directory.company,
  active boolean not null default true,
  password_hash text,
  last_sign_in_at timestamptz,
  created_at timestamptz not null
);
create index user_company on directory."user" (company_id);
create index user_sorted on directory."user" (name_key, id);
create index user_email on directory."user" (email_key);

-- One row per reason: a registration that takes its grant back leaves what somebody else granted.
create table directory.role_grant (
  user_id text not null references directory."user",
  role text not null,
  because text not null,
  granted_at timestamptz not null,
  primary key (user_id, role, because)
);
create index role_grant_role on directory.role_grant (role);

-- Only the SHA-256 of what the browser or program holds: reading this table signs nobody in.
create table directory.session (
  token_hash text primary key,
  user_id text not null references directory."user",
  method text not null check (method in ('pwd', 'otp')),
  started_at timestamptz not null,
  authenticated_at timestamptz not null,
  last_seen_at timestamptz not null
);
create index session_of_user on directory.session (user_id);

create table directory.api_token (
  id text primary key,
  token_hash text not null unique,
  user_id text not null references directory."user",
  name text not null,
  roles text not null,
  read_only boolean not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz
);
create index api_token_user on directory.api_token (user_id);

create table directory.sign_in_link (
  token_hash text primary key,
  user_id text not null references directory."user",
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index sign_in_link_user on directory.sign_in_link (user_id);

create table directory.set_up_code (
  only_one boolean primary key default true check (only_one),
  code_hash text not null,
  created_at timestamptz not null
);

-- Failed proofs of identity, by account, address or purpose: every node counts in the same place.
create table directory.throttle (
  key text primary key,
  failures integer not null,
  blocked_until timestamptz not null,
  last_failure_at timestamptz not null
);
create index throttle_age on directory.throttle (last_failure_at);
`,
};
