import { removeClient } from '../../access/index.ts';
import { type Actor, nextState } from '../../kernel/index.ts';
import { dropPendingConnection, writeActivity } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { type KnownErrorCode, recordError } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import type { Registration } from '../registration/registration-repo.ts';
import { subjectOf } from '../registration/registration-subject.ts';
import { attemptMachine } from './attempt.ts';
import { currentAttempt, moveAttempt } from './attempt-repo.ts';

type Deps = Pick<ProviderDeps, 'clock' | 'random' | 'changes'>;

/** Why an attempt ended: the code travels to the consumer in the status, the words stand on the record. */
export const abortReasons = {
  declined: 'The contact declined at the consent page.',
  contact_mismatch: 'Somebody other than the named contact was at the consent page.',
  not_entitled:
    'The contact may no longer act for the company: the consumer role, the account or the company was changed.',
  superseded: 'The consumer started a newer attempt.',
  consumer_aborted: 'The consumer ended the attempt.',
  expired: 'The attempt was not finished in time.',
  cancelled: 'The registration was cancelled.',
  link_renewed: 'A new registration link was made.',
  contact_replaced: 'The contact was replaced.',
  key_compromised: 'A key of this instance was reported as compromised.',
} as const;
export type AbortReason = keyof typeof abortReasons;

/** Ends that nobody here chose (REG-85). */
const errors: Partial<Record<AbortReason, KnownErrorCode>> = {
  declined: 'registration-declined',
  contact_mismatch: 'registration-contact-mismatch',
  expired: 'registration-expired',
};

/**
 * Ends the running attempt, if there is one, and deletes everything provisional it made: client, pending connection, account,
 * secrets. False when it is committed or connected, which nothing can undo but off-boarding. The caller holds the
 * registration's row and moves its state.
 */
export async function endAttempt(
  deps: Deps,
  tx: Tx,
  registration: Pick<Registration, 'id' | 'number'>,
  actor: Actor,
  reason: AbortReason,
): Promise<boolean> {
  const attempt = await currentAttempt(tx, registration.id);
  if (attempt === undefined || attempt.step === 'aborted') return true;
  const to = nextState(attemptMachine, attempt.step, 'abort');
  if (to === undefined) return false;
  const now = deps.clock.now();
  await moveAttempt(tx, attempt, attempt.step, to, {
    aborted_at: now,
    reason,
    sealed_secret: null,
    connection_id: null,
  });
  if (attempt.connection_id !== null) await dropPendingConnection(tx, attempt.connection_id);
  await removeClient(tx, attempt.client_id);
  await providerEvent(deps, tx, 'attempt-ended', {
    actor,
    number: registration.number,
    detail: { attempt: attempt.number, step: attempt.step, reason },
  });
  await writeActivity(deps, tx, registration.number, {
    kind: 'workNote',
    text: `Attempt ${attempt.number} ended without a connection. ${abortReasons[reason]} Everything it had made was deleted.`,
    author: actor,
  });
  const code = errors[reason];
  if (code !== undefined) {
    const text = `${registration.number}: an attempt to connect ended without a connection. ${abortReasons[reason]}`;
    await recordError(deps, tx, { code, text, side: 'provider', source: subjectOf(registration) });
  }
  return true;
}
