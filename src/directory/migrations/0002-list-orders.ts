import type { Migration } from '../../platform/db/migration.ts';

/** One index for each order in which the lists can be asked for; the id tells equal values apart. */
export const listOrdersMigration: Migration = {
  room: 'directory',
  name: '0002-list-orders',
  sql: `
create index company_by_age on directory.company (created_at, id);
create index user_by_email on directory."user" (coalesce(email_key, ''), id);
create index user_by_sign_in on directory."user" (coalesce(last_sign_in_at, '-infinity'::timestamptz), id);
`,
};
