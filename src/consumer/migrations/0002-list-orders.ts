import type { Migration } from '../../platform/db/migration.ts';

/** One index for each order in which the list can be asked for; the number tells equal values apart. */
export const listOrdersMigration: Migration = {
  room: 'consumer',
  name: '0002-list-orders',
  sql: `
create index provider_connection_by_provider on consumer.provider_connection (provider_name, number);
create index provider_connection_by_state on consumer.provider_connection (state, number);
create index provider_connection_by_update on consumer.provider_connection (updated_at, number);
`,
};
