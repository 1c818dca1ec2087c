import type { Migration } from '../../db/migration.ts';

export const messageMigration: Migration = {
  room: 'platform_mail',
  name: '0001-message',
  sql: `
-- The delivery log. The body of a mail is built when it leaves and stands nowhere.
create table platform_mail.message (
  id text primary key,
  kind text not null,
  payload jsonb not null,
  record text,
  recipient text,
  subject text,
  state text not null check (state in ('queued', 'sent', 'failed', 'withdrawn')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz
);

create index message_newest on platform_mail.message (created_at desc, id desc);
create index message_of_record on platform_mail.message (record) where record is not null;
`,
};
