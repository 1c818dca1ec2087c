import type { Migration } from '../../platform/db/migration.ts';

export const signedAnewMigration: Migration = {
  room: 'link',
  name: '0005-signed-anew',
  sql: `
-- Who signed a batch, so that it is signed anew once that key is compromised; and which batches it then stands for.
alter table link.control_message add column signed_by text;
alter table link.control_message add column replaces jsonb not null default '[]';

-- What was in a batch that was taken and who signed it: a later one may stand for it only with the same content, and only
-- when that key was compromised.
alter table link.control_receipt add column content text;
alter table link.control_receipt add column signed_by text;

-- What was held of a batch before another one stood for it, as evidence.
create table link.replaced_receipt (
  connection_id text not null references link.connection on delete cascade,
  seq integer not null,
  hash text not null,
  signed_by text not null,
  receipt text not null,
  accepted_at timestamptz not null,
  replaced_at timestamptz not null,
  primary key (connection_id, seq, hash)
);
`,
};
