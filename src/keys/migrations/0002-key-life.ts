import type { Migration } from '../../platform/db/migration.ts';

export const keyLife: Migration = {
  room: 'keys',
  name: '0002-key-life',
  sql: `
alter table keys.key_version
  add column renewed_at timestamptz,
  add column rotated_at timestamptz,
  add column compromised_at timestamptz;
`,
};
