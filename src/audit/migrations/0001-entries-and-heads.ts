import type { Migration } from '../../platform/db/index.ts';

export const entriesAndHeads: Migration = {
  room: 'audit',
  name: '0001-entries-and-heads',
  sql: `
    create table audit.entry (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      event text not null,
      outcome text not null check (outcome in ('done', 'refused')),
      actor_kind text not null check (actor_kind in ('user', 'system', 'peer')),
      actor_id text not null,
      actor_name text not null,
      actor_via text check (actor_via in ('session', 'token')),
      subject text not null,
      detail jsonb not null,
      position bigint unique,
      previous_hash text,
      hash text,
      check ((position is null) = (hash is null) and (position is null) = (previous_hash is null))
    );
    create index entry_unchained on audit.entry (id) where position is null;
    create index entry_event on audit.entry (event, id);
    create index entry_actor on audit.entry (actor_id, id);
    create index entry_subject on audit.entry (subject, id);

    create table audit.head (
      position bigint primary key,
      hash text not null,
      signed_at timestamptz not null,
      statement text not null
    );
  `,
};
