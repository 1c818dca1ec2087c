import type { Migration } from '../../platform/db/migration.ts';

export const refusedVisitsMigration: Migration = {
  room: 'provider',
  name: '0004-refused-visits',
  sql: `
-- Who was turned away at the consent page, and why, as '<user id> <code>': each is written on the record once.
alter table provider.attempt add refused_visits text[] not null default '{}';
`,
};
