import type { Migration } from '../../platform/db/index.ts';

export const cancelledRunsMigration: Migration = {
  room: 'scan',
  name: '0002-cancelled-runs',
  sql: `
    alter table scan.run add column cancelled_by text;
    create index run_ended on scan.run (requested_at) where status in ('complete', 'failed', 'cancelled');
  `,
};
