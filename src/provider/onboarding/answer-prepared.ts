import { revokeConsents } from '../../access/index.ts';
import { findConnection, listGivenReceipts, proofOf, SxRefusal, type WireRoute } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/index.ts';
import { claimsFor, providerReaction, signStatement, statements } from '../../protocol/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { endInvitation } from '../registration/invitation-repo.ts';
import { lockRegistration } from '../registration/registration-repo.ts';
import { type Attempt, currentAttempt, insertStepAnswer, moveAttempt } from './attempt-repo.ts';
import { pushCommit } from './onboarding-jobs.ts';
import { answeredBefore, type ConsumerStatement, noteConflict, openFromConsumer } from './statement-of-consumer.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'signer' | 'ownId' | 'peerFetch'>;

/** Receipts a consumer must show: for its test and for its settings. */
const RECEIPTS = 2;

/** POST /sx/v1/onboard/{reg}/prepared: the consumer is ready; the provider takes the one decision, durably, and says so. */
export const preparedRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/prepared',
  maxBytes: statements.prepared.maxBytes,
  answer: async (compact, request) => {
    const prepared = await openFromConsumer(deps, 'prepared', compact, request);
    const about = { registration: prepared.registration, attempt: prepared.body.att, step: 'prepared' } as const;
    return noteConflict(deps, about, () => transact(deps.db, (tx) => commit(deps, tx, prepared)));
  },
});

async function commit(deps: Deps, tx: Tx, prepared: ConsumerStatement<'prepared'>): Promise<string> {
  const { body, hash } = prepared;
  const registration = await lockRegistration(tx, prepared.registration.id);
  const consumer = prepared.registration.instance_id;
  const key = { registration: prepared.registration.id, issuer: consumer, attempt: body.att, step: 'prepared' };
  const before = await answeredBefore(tx, key, hash);
  if (before !== undefined) return before;
  const attempt = registration && (await currentAttempt(tx, registration.id));
  const reaction = providerReaction('prepared', body.att, attempt);
  if (registration === undefined || attempt === undefined || reaction?.event !== 'prepared') {
    throw new SxRefusal('sx_superseded', `attempt ${body.att} cannot be committed`);
  }
  await refuseUnproved(tx, attempt, body);
  const now = deps.clock.now();
  await moveAttempt(tx, attempt, 'keyed', 'committed', { committed_at: now });
  await endInvitation(tx, registration.id, 'used');
  // The person's consent has done its work: a token made from it is refused from here on.
  await revokeConsents(tx, attempt.client_id);
  const answer = await signCommit(deps, { ...attempt, committed_at: now });
  await insertStepAnswer(tx, key, { request_hash: hash, answer, answered_at: now });
  await providerEvent(deps, tx, 'connection-committed', {
    actor: { kind: 'peer', instanceId: consumer },
    number: registration.number,
    detail: { attempt: attempt.number, connection: attempt.connection_id },
  });
  await deps.jobs.send(tx, pushCommit, { registrationId: registration.id, attempt: attempt.number });
  await deps.changes.publish(tx, registration.number);
  return answer;
}

async function refuseUnproved(tx: Tx, attempt: Attempt, body: ConsumerStatement<'prepared'>['body']): Promise<void> {
  const connection = attempt.connection_id === null ? undefined : await findConnection(tx, attempt.connection_id);
  if (connection === undefined || body.th4 !== attempt.th4) throw new SxRefusal('sx_refused', 'prepared transcript');
  if (connection.status !== 'pending') throw new SxRefusal('sx_refused', 'prepared on a suspended connection');
  const given = await listGivenReceipts(tx, connection.id);
  const shown = new Set(body.receipts).size >= RECEIPTS && body.receipts.every((receipt) => given.includes(receipt));
  if (!shown) throw new SxRefusal('sx_refused', 'prepared receipts');
  const proof = await proofOf(tx, connection);
  if (!proof.inbound || !proof.outbound)
    throw new SxRefusal('sx_pending', 'our own test is not acknowledged yet', { after: 1 });
}

/** The decision as a statement; the same facts every time it is asked for. */
export async function signCommit(
  deps: Pick<Deps, 'clock' | 'random' | 'signer' | 'ownId'>,
  attempt: Attempt,
): Promise<string> {
  if (attempt.th4 === null || attempt.connection_id === null || attempt.committed_at === null) {
    throw new Error(`attempt ${attempt.number} of ${attempt.registration_id} is not committed`);
  }
  const now = deps.clock.now();
  return signStatement(deps.signer, 'commit', {
    ...claimsFor('commit', { issuer: deps.ownId(), audience: attempt.consumer_instance_id, now, random: deps.random }),
    reg: attempt.registration_id,
    att: attempt.number,
    step: 'commit',
    th4: attempt.th4,
    conn: attempt.connection_id,
    committed_at: attempt.committed_at.toISOString(),
  });
}
