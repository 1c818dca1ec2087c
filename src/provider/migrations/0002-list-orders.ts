import type { Migration } from '../../platform/db/migration.ts';

/** One index for each order in which the lists can be asked for; the number tells equal values apart. */
export const listOrdersMigration: Migration = {
  room: 'provider',
  name: '0002-list-orders',
  sql: `
drop index provider.registration_state;
create index registration_by_state on provider.registration (state, number);
create index registration_by_url on provider.registration (url, number);
create index registration_by_update on provider.registration (updated_at, number);
create index consumer_connection_by_age on provider.consumer_connection (created_at, number);
`,
};
