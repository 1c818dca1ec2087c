import type { Migration } from '../../platform/db/index.ts';

export const issueActivityMigration: Migration = {
  room: 'scan',
  name: '0004-issue-activity',
  sql: `
    create table scan.issue_activity (
      id text primary key,
      position bigint generated always as identity,
      issue_id text not null references scan.issue on delete cascade,
      kind text not null check (kind in ('comment', 'workNote')),
      author text not null,
      body text not null,
      created_at timestamptz not null
    );
    create index issue_activity_stream on scan.issue_activity (issue_id, position);

    create table scan.issue_follower (
      issue_id text not null references scan.issue on delete cascade,
      user_id text not null,
      since timestamptz not null,
      told_at timestamptz,
      primary key (issue_id, user_id)
    );
    create index issue_follower_waiting on scan.issue_follower (issue_id) where told_at is null;
  `,
};
