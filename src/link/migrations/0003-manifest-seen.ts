import type { Migration } from '../../platform/db/migration.ts';

export const manifestSeenMigration: Migration = {
  room: 'link',
  name: '0003-manifest-seen',
  sql: `
-- Which of our manifests the peer of a connection has said, in a receipt, that it holds; and when it was last asked to look.
create table link.manifest_seen (
  connection_id text primary key references link.connection (id) on delete cascade,
  seq integer not null default 0,
  asked_seq integer not null default 0,
  asked_at timestamptz
);
`,
};
