import { type Actor, actorName, type Clock, type Random } from '../../kernel/index.ts';
import type { Changes } from '../../platform/changes.ts';
import type { Tx } from '../../platform/db/database.ts';
import { type ActivityKind, type ActivityView, activityId } from './activity.ts';
import { insertActivity } from './activity-repo.ts';

type Deps = { clock: Clock; random: Random; changes: Changes };

/** Writes one entry on a record (named by its number) and tells whoever has the record open. */
export async function writeActivity(
  deps: Deps,
  tx: Tx,
  record: string,
  entry: { kind: ActivityKind; text: string; author: Actor; generation?: number },
): Promise<ActivityView> {
  const row = {
    id: activityId.create(deps.random),
    kind: entry.kind,
    author: actorName(entry.author),
    body: entry.text,
    generation: entry.generation ?? null,
    created_at: deps.clock.now(),
  };
  await insertActivity(tx, record, row);
  await deps.changes.publish(tx, record);
  return { id: row.id, kind: row.kind, author: row.author, text: row.body, createdAt: row.created_at.toISOString() };
}
