import type { Migration } from '../../platform/db/migration.ts';

export const safetyComparisonMigration: Migration = {
  room: 'link',
  name: '0004-safety-comparison',
  sql: `
-- Who has compared the safety number with the other side by phone. It holds for the digits that were compared: a peer with
-- another root shows others.
create table link.safety_comparison (
  peer_instance_id text primary key references link.peer,
  safety_number text not null,
  compared_by text not null,
  compared_at timestamptz not null
);
`,
};
