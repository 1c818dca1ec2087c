import type { Migration } from '../../platform/db/migration.ts';

export const suspensionMigration: Migration = {
  room: 'link',
  name: '0002-suspension',
  sql: `
-- Why a connection takes and sends nothing. What it had before stays on file, as evidence.
alter table link.connection add column suspended_for text check (suspended_for in ('fork'));
`,
};
