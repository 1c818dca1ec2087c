import type { Migration } from '../../platform/db/index.ts';

/** One index for each order in which the lists can be asked for; the id tells equal values apart. */
export const listOrdersMigration: Migration = {
  room: 'scan',
  name: '0005-list-orders',
  sql: `
    create index issue_gravest on scan.issue (
      array_position('{critical,high,moderate,low}'::text[], priority), ('2000-01-01T00:00:00Z'::timestamptz - last_detected_at), id);
    create index issue_category on scan.issue (category, id);
    create index issue_latest on scan.issue (last_detected_at, id);
    create index error_code on scan.error (code, number);
  `,
};
