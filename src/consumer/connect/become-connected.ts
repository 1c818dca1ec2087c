import { err, ok, type Result, system } from '../../kernel/index.ts';
import { openFromPeer, requestPostOnboarding, setConnectionStatus, writeActivity } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { consumerReaction, fullTranscriptHash, type StatementBody } from '../../protocol/index.ts';
import { settleErrors } from '../../scan/index.ts';
import { consumerEvent } from '../consumer-events.ts';
import type { ConsumerDeps } from '../deps.ts';
import {
  lockProviderConnection,
  moveProviderConnection,
  type ProviderConnection,
  updateProviderConnection,
} from '../provider-connection-repo.ts';
import { subjectOf } from '../request-validation.ts';
import { type Attempt, findAttempt, moveAttempt } from './attempt-repo.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'peerFetch' | 'ownId'>;

/** Why a commit was not taken: `early` may hold later, the others never. */
export type CommitRefusal = 'not-the-provider’s' | 'another-attempt' | 'early';

export const transcriptOf = (attempt: Attempt): string =>
  fullTranscriptHash(attempt.hello, attempt.hello_ack ?? '', attempt.confirm ?? '', attempt.confirm_ack ?? '');

/**
 * Takes the provider's decision, whichever way it arrives and however often: the record is Onboarded and the connection
 * active. Gives the commit that was verified.
 */
export async function becomeConnected(
  deps: Deps,
  record: ProviderConnection,
  commit: string,
): Promise<Result<StatementBody<'commit'>, CommitRefusal>> {
  const opened = await openFromPeer(deps, 'commit', commit, {
    issuer: record.provider_instance_id,
    audience: deps.ownId(),
  });
  if (!opened.ok || opened.value.reg !== record.registration_id) return err('not-the-provider’s');
  const decision = opened.value;
  return transact(deps.db, async (tx) => {
    const locked = await lockProviderConnection(tx, record.id);
    const attempt = await findAttempt(tx, record.id, decision.att);
    if (locked === undefined || attempt === undefined || attempt.step === 'aborted') return err('another-attempt');
    if (attempt.confirm_ack === null) return err('early');
    if (decision.th4 !== transcriptOf(attempt) || decision.conn !== attempt.connection_id)
      return err('another-attempt');
    const reaction = consumerReaction('commit', decision.att, attempt);
    if (reaction === undefined) return err('early');
    if (reaction.event === undefined) return ok(decision);
    const now = deps.clock.now();
    await moveAttempt(tx, attempt, attempt.step, 'connected', { connected_at: now, sealed_secrets: null });
    await moveProviderConnection(tx, record.id, 'connecting', 'onboarded', now);
    // The link has done its work: what is left of its secret goes.
    await updateProviderConnection(tx, record.id, { connection_id: attempt.connection_id, sealed_secret: null }, now);
    await setConnectionStatus(tx, attempt.connection_id, 'pending', 'active', now);
    await settleErrors(deps, tx, [record.id]);
    await requestPostOnboarding(deps, tx, 'consumer', subjectOf(record));
    const actor = system('onboarding');
    await consumerEvent(deps, tx, 'connected', {
      actor,
      number: record.number,
      detail: { attempt: attempt.number, connection: attempt.connection_id },
    });
    await writeActivity(deps, tx, record.number, {
      kind: 'workNote',
      text: 'Onboarded: both directions are proved, the settings are exchanged, and the provider has committed the connection.',
      author: actor,
    });
    return ok(decision);
  });
}
