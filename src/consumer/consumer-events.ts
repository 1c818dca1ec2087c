import { recordAudit } from '../audit/index.ts';
import type { Actor, Clock } from '../kernel/index.ts';
import type { Tx } from '../platform/db/database.ts';

export type ConsumerEvent =
  | 'link-imported'
  | 'company-saved'
  | 'validated'
  | 'validation-failed'
  | 'attempt-started'
  | 'keys-exchanged'
  | 'attempt-ended'
  | 'safety-number-compared'
  | 'connected';

type Happened = {
  readonly actor: Actor;
  /** The provider connection's number. */
  readonly number: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};

/** One line of the audit for everything that happens to a provider connection. */
export const consumerEvent = (
  deps: { clock: Clock },
  tx: Tx,
  event: ConsumerEvent,
  happened: Happened,
): Promise<void> =>
  recordAudit(tx, {
    event: `consumer.${event}`,
    actor: happened.actor,
    subject: happened.number,
    clock: deps.clock,
    ...(happened.detail && { detail: happened.detail }),
  });
