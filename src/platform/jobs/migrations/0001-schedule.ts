import type { Migration } from '../../db/index.ts';

export const schedule: Migration = {
  room: 'platform',
  name: '0001-schedule',
  sql: `
    create table platform.schedule (
      job text primary key,
      due_at timestamptz not null
    );
  `,
};
