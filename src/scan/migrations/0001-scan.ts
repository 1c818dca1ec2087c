import type { Migration } from '../../platform/db/index.ts';

export const scanMigration: Migration = {
  room: 'scan',
  name: '0001-scan',
  sql: `
    create table scan.run (
      id text primary key,
      suite text not null,
      side text not null check (side in ('provider', 'consumer')),
      subject_kind text not null,
      subject_id text not null,
      subject_label text not null,
      status text not null check (status in ('queued', 'running', 'complete', 'failed', 'cancelled')),
      outcome text check (outcome in ('passed', 'failed')),
      reason text,
      is_rerun boolean not null,
      own_first boolean not null,
      superseded boolean not null default false,
      reply_to text,
      attempt integer not null default 0,
      results jsonb not null,
      requested_at timestamptz not null,
      started_at timestamptz,
      finished_at timestamptz,
      check ((outcome is null) = (status in ('queued', 'running', 'cancelled')))
    );
    create unique index run_one_queued on scan.run (suite, subject_kind, subject_id) where status = 'queued';
    create unique index run_one_running on scan.run (suite, subject_kind, subject_id) where status = 'running';
    create index run_subject on scan.run (suite, subject_kind, subject_id, requested_at);

    create table scan.watch (
      suite text not null,
      subject_kind text not null,
      subject_id text not null,
      subject_label text not null,
      side text not null check (side in ('provider', 'consumer')),
      reply_to text,
      told text check (told in ('passed', 'failed')),
      failing_since timestamptz,
      due_at timestamptz,
      peer_due_at timestamptz,
      woken_at timestamptz,
      primary key (suite, subject_kind, subject_id)
    );
    create index watch_due on scan.watch (due_at);

    create table scan.issue (
      id text primary key,
      check_id text not null,
      check_name text not null,
      summary text not null,
      category text not null,
      priority text not null check (priority in ('critical', 'high', 'moderate', 'low')),
      source_kind text not null,
      source_id text not null,
      source_label text not null,
      message text not null,
      cause text not null,
      remedy text not null,
      who text not null,
      peer boolean not null,
      status text not null check (status in ('open', 'resolved')),
      detections integer not null,
      first_detected_at timestamptz not null,
      last_detected_at timestamptz not null,
      resolved_at timestamptz,
      muted_reason text,
      assigned_to text,
      check ((resolved_at is null) = (status = 'open'))
    );
    create unique index issue_one_open on scan.issue (check_id, source_kind, source_id) where status = 'open';
    create index issue_status on scan.issue (status, last_detected_at);

    create table scan.issue_subject (
      issue_id text not null references scan.issue on delete cascade,
      suite text not null,
      side text not null check (side in ('provider', 'consumer')),
      subject_kind text not null,
      subject_id text not null,
      subject_label text not null,
      holding boolean not null,
      primary key (issue_id, suite, subject_kind, subject_id)
    );
    create index issue_subject_holding on scan.issue_subject (subject_kind, subject_id) where holding;

    create table scan.worker (
      node text primary key,
      version text not null,
      seen_at timestamptz not null,
      worked_at timestamptz
    );
  `,
};
