import { err, type Result } from '../../kernel/index.ts';
import { openFromPeer, postStatement, type WireFailure } from '../../link/index.ts';
import { claimsFor, type StatementBody, signStatement } from '../../protocol/index.ts';
import type { ConsumerDeps } from '../deps.ts';
import type { ProviderConnection } from '../provider-connection-repo.ts';
import type { Attempt } from './attempt-repo.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'peerFetch' | 'signer' | 'ownId'>;

/** Asks the provider where an attempt stands; the answer is its signed word. */
export async function askStatus(
  deps: Deps,
  record: ProviderConnection,
  attempt: Pick<Attempt, 'number'>,
): Promise<Result<StatementBody<'status'>, WireFailure>> {
  return ask(deps, record, attempt, 'status', 'statusRequest');
}

/** Tells the provider that the attempt is over here; the answer says what it has come to there. */
export async function tellAbort(
  deps: Deps,
  record: ProviderConnection,
  attempt: Pick<Attempt, 'number'>,
): Promise<Result<StatementBody<'status'>, WireFailure>> {
  return ask(deps, record, attempt, 'abort', 'abort');
}

async function ask(
  deps: Deps,
  record: ProviderConnection,
  attempt: Pick<Attempt, 'number'>,
  path: 'status' | 'abort',
  kind: 'statusRequest' | 'abort',
): Promise<Result<StatementBody<'status'>, WireFailure>> {
  const parties = {
    issuer: deps.ownId(),
    audience: record.provider_instance_id,
    now: deps.clock.now(),
    random: deps.random,
  };
  const about = { ...claimsFor(kind, parties), reg: record.registration_id, att: attempt.number };
  const statement =
    kind === 'abort'
      ? await signStatement(deps.signer, 'abort', { ...about, step: 'abort', reason: 'consumer_aborted' })
      : await signStatement(deps.signer, 'statusRequest', { ...about, step: 'status-request' });
  const url = new URL(`/sx/v1/onboard/${record.registration_id}/${path}`, record.provider_origin);
  const answer = await postStatement(deps, url, statement);
  if (!answer.ok) return answer;
  const opened = await openFromPeer(deps, 'status', answer.value, {
    issuer: record.provider_instance_id,
    audience: deps.ownId(),
  });
  if (!opened.ok || opened.value.reg !== record.registration_id || opened.value.att !== attempt.number) {
    return err({ code: 'refused', detail: 'the status does not hold' });
  }
  return opened;
}
