import { type Actor, actorName, type Clock } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import { insertEntry } from './entry-repo.ts';

export type AuditRecord = {
  /** `<room>.<what-happened>`, past tense. */
  readonly event: `${string}.${string}`;
  readonly actor: Actor;
  /** Id or number of what it happened to. */
  readonly subject: string;
  /** Ids, hashes, states before and after; never a secret, a key or a peer's words. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** `refused`: somebody tried and was not allowed. NOTE record it in a transaction that commits. */
  readonly outcome?: 'done' | 'refused';
  readonly clock: Clock;
};

/** Writes one row in the business transaction, so that neither exists without the other. Chained within a second. */
export async function recordAudit(
  tx: Tx,
  { event, actor, subject, detail, outcome, clock }: AuditRecord,
): Promise<void> {
  await insertEntry(tx, {
    at: clock.now(),
    event,
    outcome: outcome ?? 'done',
    actor_kind: actor.kind,
    actor_id: actorIdOf(actor),
    actor_name: actorName(actor),
    actor_via: actor.kind === 'user' ? actor.via : null,
    subject,
    detail: detail ?? {},
  });
}

function actorIdOf(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return actor.id;
    case 'system':
      return actor.name;
    case 'peer':
      return actor.instanceId;
  }
}
