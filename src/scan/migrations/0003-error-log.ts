import type { Migration } from '../../platform/db/index.ts';

export const errorLogMigration: Migration = {
  room: 'scan',
  name: '0003-error-log',
  sql: `
    create sequence scan.error_number start 1001;
    create table scan.error (
      id text primary key,
      number text not null unique,
      code text not null,
      text text not null,
      side text check (side in ('provider', 'consumer')),
      source_kind text not null,
      source_id text not null,
      source_label text not null,
      connection_id text not null,
      connection_label text not null,
      times integer not null,
      created_at timestamptz not null,
      last_at timestamptz not null,
      raised_at timestamptz,
      digested_at timestamptz,
      settled_at timestamptz,
      issue_id text
    );
    create index error_latest on scan.error (created_at);
    create index error_source on scan.error (source_id) where settled_at is null;
    create index error_unraised on scan.error (created_at) where raised_at is null;
    create index error_undigested on scan.error (created_at) where digested_at is null;

    alter table scan.issue
      add column origin text not null default 'check' check (origin in ('check', 'error')),
      add column connection_id text not null default '',
      add column connection_label text not null default '';
    drop index scan.issue_one_open;
    create unique index issue_one_open on scan.issue (check_id, source_kind, source_id)
      where status = 'open' and origin = 'check';
    create unique index issue_one_open_error on scan.issue (check_id, source_kind, source_id, connection_id, message)
      where status = 'open' and origin = 'error';
  `,
};
