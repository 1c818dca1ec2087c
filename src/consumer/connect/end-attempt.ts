import { type Actor, nextState } from '../../kernel/index.ts';
import { dropPendingConnection, writeActivity } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { type KnownErrorCode, recordError } from '../../scan/index.ts';
import { consumerEvent } from '../consumer-events.ts';
import type { ConsumerDeps } from '../deps.ts';
import { moveProviderConnection, type ProviderConnection } from '../provider-connection-repo.ts';
import { subjectOf } from '../request-validation.ts';
import { attemptMachine } from './attempt.ts';
import { currentAttempt, moveAttempt } from './attempt-repo.ts';

type Deps = Pick<ConsumerDeps, 'clock' | 'random' | 'changes'>;

/** Why an attempt ended, in words for the record. The provider's own codes are among them. */
export const abortReasons = {
  contact_mismatch:
    'Somebody other than the contact named on the registration was signed in at the provider, so it refused. Sign in there as the contact and connect again.',
  not_entitled:
    'The contact may no longer act for the company at the provider (role, account or company were changed there), so it refused. Ask the provider to put it right, or to replace the contact.',
  declined: 'The contact declined at the provider’s page.',
  provider_unreachable: 'The provider did not answer.',
  provider_refused: 'The provider refused this attempt. Ask its administrator what the registration says.',
  not_redeemed: 'The provider did not accept the proof of consent. Connect again.',
  key_mismatch:
    'The provider could not prove that it holds the same keys. Nothing was kept. Connect again; if it repeats, compare the safety number by phone.',
  lane_forked:
    'Two different messages came under one number: two instances with the same keys are running, or one was put back to an older state. Find out with the provider which one, and stop it; then connect again.',
  interrupted: 'The attempt was interrupted before the provider’s page opened. Connect again.',
  expired: 'The attempt was not finished in time. Connect again.',
  superseded: 'A newer attempt was started.',
  link_renewed: 'A new registration link took the place of the old one.',
  contact_replaced: 'The provider replaced the contact and made a new link. Import that one.',
  cancelled: 'The provider cancelled the registration.',
  consumer_aborted: 'This instance ended the attempt.',
  key_compromised:
    'A key was reported as compromised. If the provider has made a new link, import that one; else connect again.',
} as const;
export type AbortReason = keyof typeof abortReasons;

/** Ends that nobody here chose (REG-85). */
const errors: Partial<Record<AbortReason, KnownErrorCode>> = {
  contact_mismatch: 'connect-contact-mismatch',
  declined: 'connect-declined',
  provider_unreachable: 'connect-provider-unreachable',
  provider_refused: 'connect-provider-refused',
  not_redeemed: 'connect-not-redeemed',
  key_mismatch: 'connect-key-mismatch',
  interrupted: 'connect-interrupted',
  expired: 'connect-expired',
};

export const isAbortReason = (text: string | undefined): text is AbortReason =>
  text !== undefined && Object.hasOwn(abortReasons, text);

/**
 * Ends the running attempt and deletes everything provisional it made; the record is Validated again. The caller holds the
 * record's row. False when there is nothing that may be ended: `prepared` only ends by the provider's own word.
 */
export async function endAttempt(
  deps: Deps,
  tx: Tx,
  record: ProviderConnection,
  actor: Actor,
  reason: AbortReason,
  by: 'abort' | 'provider-aborted' = 'abort',
): Promise<boolean> {
  const attempt = await currentAttempt(tx, record.id);
  const to = attempt && nextState(attemptMachine, attempt.step, by);
  if (attempt === undefined || to === undefined) return false;
  const now = deps.clock.now();
  await moveAttempt(tx, attempt, attempt.step, to, {
    aborted_at: now,
    reason,
    sealed_secrets: null,
    connection_id: null,
  });
  if (attempt.connection_id !== null) await dropPendingConnection(tx, attempt.connection_id);
  await moveProviderConnection(tx, record.id, 'connecting', 'validated', now);
  await consumerEvent(deps, tx, 'attempt-ended', {
    actor,
    number: record.number,
    detail: { attempt: attempt.number, step: attempt.step, reason },
  });
  await writeActivity(deps, tx, record.number, {
    kind: 'workNote',
    text: `Attempt ${attempt.number} ended without a connection. ${abortReasons[reason]}`,
    author: actor,
  });
  const code = errors[reason];
  if (code !== undefined) {
    const text = `${record.number}: an attempt to connect ended without a connection. ${abortReasons[reason]}`;
    await recordError(deps, tx, { code, text, side: 'consumer', source: subjectOf(record) });
  }
  return true;
}
