import type { Migration } from '../../platform/db/migration.ts';

export const rotation: Migration = {
  room: 'keys',
  name: '0003-rotation',
  sql: `
-- One rotation in order: the successor is published, seen by peers, promoted; what the old key protected drains; it retires.
create table keys.rotation (
  id text primary key,
  module text not null,
  from_version integer not null,
  to_version integer not null,
  phase text not null check (phase in ('observing', 'draining', 'retired', 'stopped')),
  -- The first manifest that holds the successor; null where peers have nothing to see.
  manifest_seq integer,
  -- Values sealed anew so far.
  resealed integer not null,
  reason text not null,
  started_at timestamptz not null,
  promoted_at timestamptz,
  ended_at timestamptz,
  foreign key (module, from_version) references keys.key_version,
  foreign key (module, to_version) references keys.key_version
);
create unique index rotation_one_waiting on keys.rotation (module) where phase = 'observing';
create index rotation_latest on keys.rotation (module, started_at desc);
`,
};
