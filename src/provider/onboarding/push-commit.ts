import { system } from '../../kernel/index.ts';
import {
  findPeer,
  openFromPeer,
  postStatement,
  requestPostOnboarding,
  setConnectionStatus,
  writeActivity,
} from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { settleErrors } from '../../scan/index.ts';
import { insertConsumerConnection } from '../consumer-connection-repo.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import type { RegistrationId } from '../registration/registration.ts';
import { lockRegistration, moveRegistration, updateRegistration } from '../registration/registration-repo.ts';
import { subjectOf } from '../registration/registration-subject.ts';
import { signCommit } from './answer-prepared.ts';
import { type Attempt, findAttempt, moveAttempt } from './attempt-repo.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'signer' | 'ownId' | 'peerFetch'>;

/** The consumer was away, or said something else than that it takes the commit. */
export class CommitNotTaken extends Error {
  override readonly name = 'CommitNotTaken';
}

/** Sends the decision to the consumer and closes the registration on its acknowledgement; throws to be repeated. */
export async function sendCommit(deps: Deps, registration: RegistrationId, number: number): Promise<void> {
  const attempt = await findAttempt(deps.db, registration, number);
  if (attempt?.step !== 'committed') return;
  const peer = await findPeer(deps.db, attempt.consumer_instance_id);
  if (peer === undefined) throw new Error('the consumer of a committed attempt is not on file');
  const url = new URL(`/sx/v1/onboard/${registration}/commit`, peer.origin);
  const answer = await postStatement(deps, url, await signCommit(deps, attempt));
  if (!answer.ok) throw new CommitNotTaken(`the consumer did not take the commit (${answer.error.detail})`);
  const parties = { issuer: attempt.consumer_instance_id, audience: deps.ownId() };
  const ack = await openFromPeer(deps, 'commitAck', answer.value, parties);
  if (!ack.ok || ack.value.th4 !== attempt.th4 || ack.value.att !== attempt.number || ack.value.reg !== registration) {
    throw new CommitNotTaken('the consumer’s acknowledgement does not hold');
  }
  await closeComplete(deps, attempt);
}

/** The consumer is connected: so is the registration (REG-75). Repeatable. */
async function closeComplete(deps: Deps, attempt: Attempt): Promise<void> {
  await transact(deps.db, async (tx) => {
    const registration = await lockRegistration(tx, attempt.registration_id);
    const now = deps.clock.now();
    if (registration === undefined || attempt.connection_id === null) return;
    if (!(await moveAttempt(tx, attempt, 'committed', 'connected', { connected_at: now }))) return;
    await moveRegistration(tx, registration.id, 'work-in-progress', 'closed-complete', now);
    await updateRegistration(tx, registration.id, { connection_id: attempt.connection_id }, now);
    await setConnectionStatus(tx, attempt.connection_id, 'pending', 'active', now);
    const number = await insertConsumerConnection(tx, {
      registration_id: registration.id,
      connection_id: attempt.connection_id,
      company_id: registration.company_id,
      created_at: now,
    });
    await settleErrors(deps, tx, [registration.id]);
    await requestPostOnboarding(deps, tx, 'provider', subjectOf(registration));
    const actor = system('onboarding');
    await providerEvent(deps, tx, 'registration-closed', {
      actor,
      number: registration.number,
      detail: { connection: number },
    });
    await writeActivity(deps, tx, registration.number, {
      kind: 'workNote',
      text: `Closed Complete: both directions are proved and the settings are exchanged. The connection is ${number}.`,
      author: actor,
    });
  });
}
