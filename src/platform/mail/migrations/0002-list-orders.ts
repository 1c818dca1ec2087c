import type { Migration } from '../../db/migration.ts';

/** One index for each order in which the log can be asked for; the id tells equal values apart. */
export const listOrdersMigration: Migration = {
  room: 'platform_mail',
  name: '0002-list-orders',
  sql: `
create index message_by_recipient on platform_mail.message (coalesce(recipient, ''), id);
create index message_by_state on platform_mail.message (state, id);
`,
};
