import type { Migration } from '../../platform/db/migration.ts';

export const schedule: Migration = {
  room: 'keys',
  name: '0004-schedule',
  sql: `
-- How many days a key of a module is in use, where that was changed; null: nowhere. In this row, because its HMAC covers it.
alter table keys.instance add column active_days jsonb;
`,
};
