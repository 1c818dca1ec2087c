import type { Migration } from '../../platform/db/migration.ts';

export const helloFactsMigration: Migration = {
  room: 'provider',
  name: '0003-hello-facts',
  sql: `
-- The key that the hello named for the access token. Empty in attempts from before: they end, and Connect starts another.
alter table provider.attempt add column dpop_jkt text not null default '';

-- Wrong guesses at a link's secret, each statement once, however often it is sent.
create table provider.wrong_guess (
  registration_id text not null,
  generation integer not null,
  statement_hash text not null,
  primary key (registration_id, generation, statement_hash),
  foreign key (registration_id, generation) references provider.invitation on delete cascade
);
`,
};
