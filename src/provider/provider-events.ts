import { recordAudit } from '../audit/index.ts';
import type { Actor, Clock } from '../kernel/index.ts';
import type { Tx } from '../platform/db/database.ts';

export type ProviderEvent =
  | 'registration-saved'
  | 'registration-opened'
  | 'registration-validation-failed'
  | 'registration-cancelled'
  | 'contact-replaced'
  | 'link-made'
  | 'link-locked'
  | 'attempt-claimed'
  | 'consent-given'
  | 'consent-refused'
  | 'attempt-ended'
  | 'keys-exchanged'
  | 'connection-committed'
  | 'registration-closed'
  | 'safety-number-compared'
  | 'step-conflict';

type Happened = {
  readonly actor: Actor;
  /** The registration's number. */
  readonly number: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly outcome?: 'done' | 'refused';
};

/** One line of the audit for everything that happens to a registration. */
export const providerEvent = (
  deps: { clock: Clock },
  tx: Tx,
  event: ProviderEvent,
  happened: Happened,
): Promise<void> =>
  recordAudit(tx, {
    event: `provider.${event}`,
    actor: happened.actor,
    subject: happened.number,
    clock: deps.clock,
    ...(happened.detail && { detail: happened.detail }),
    ...(happened.outcome && { outcome: happened.outcome }),
  });
