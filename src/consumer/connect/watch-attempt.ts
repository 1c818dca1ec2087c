import { later, MINUTE_MS, SECOND_MS, system } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { type Tx, transact } from '../../platform/db/index.ts';
import { sendAbort, watchAttempt } from '../consumer-jobs.ts';
import type { ConsumerDeps } from '../deps.ts';
import type { ProviderConnectionId } from '../provider-connection.ts';
import {
  findProviderConnection,
  lockProviderConnection,
  type ProviderConnection,
} from '../provider-connection-repo.ts';
import { askStatus, tellAbort } from './ask-status.ts';
import { type Attempt, currentAttempt, findAttempt, updateAttempt } from './attempt-repo.ts';
import { abortReasons, endAttempt, isAbortReason } from './end-attempt.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'peerFetch' | 'signer' | 'ownId'>;

/** Steps in which the provider may end an attempt by its own word, or fall silent; and the first, whose request may die. */
const watched = ['greeting', 'authorising', 'redeeming', 'confirming', 'testing'] as const;
type WatchedStep = (typeof watched)[number];

const SOONEST_MS = 3 * SECOND_MS;
const LATEST_MS = 5 * MINUTE_MS;

/**
 * Looks after an attempt until it is prepared: a refusal at the provider's page is written down here even if the tab is
 * closed, and an attempt that the provider has ended, or that was not finished in time, ends here too (REG-62, REG-77).
 */
export async function lookAfterAttempt(deps: Deps, id: ProviderConnectionId, number: number): Promise<void> {
  const record = await findProviderConnection(deps.db, id);
  const attempt = await findAttempt(deps.db, id, number);
  if (record === undefined || attempt === undefined || !isWatched(attempt)) return;
  // Before the hello is answered the provider may not know of the attempt, and would presume that it is over.
  const status = attempt.step === 'greeting' ? undefined : await askStatus(deps, record, attempt);
  await transact(deps.db, async (tx) => {
    const locked = await lockProviderConnection(tx, id);
    const current = await currentAttempt(tx, id);
    if (locked === undefined || current?.number !== number || !isWatched(current)) return;
    const now = deps.clock.now();
    const actor = system('onboarding');
    if (status?.ok && status.value.state === 'aborted') {
      const reason = isAbortReason(status.value.reason) ? status.value.reason : 'provider_refused';
      return void (await endAttempt(deps, tx, locked, actor, reason, 'provider-aborted'));
    }
    if (current.expires_at <= now) {
      // While greeting: the request that started the attempt has died, its person never saw the provider's page.
      await endAttempt(deps, tx, locked, actor, current.step === 'greeting' ? 'interrupted' : 'expired');
      return deps.jobs.send(tx, sendAbort, { id, number });
    }
    const refusal = status?.ok ? status.value.refusal?.code : undefined;
    if (current.step === 'authorising') await noteRefusal(deps, tx, locked, current, refusal);
    await deps.jobs.send(tx, watchAttempt, { id, number }, { startAfter: later(now, pause(current, now)) });
  });
}

const isWatched = (attempt: Attempt): attempt is Attempt & { step: WatchedStep } =>
  (watched as readonly string[]).includes(attempt.step);

/** While a person is at the page: every few seconds. Later: after half the time that the step has lasted, so ever less often. */
function pause(attempt: Attempt & { step: WatchedStep }, now: Date): number {
  if (attempt.step === 'greeting' || attempt.step === 'authorising') return SOONEST_MS;
  const lasted = now.getTime() - (attempt[`${attempt.step}_at`] ?? now).getTime();
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, lasted / 2));
}

async function noteRefusal(
  deps: Deps,
  tx: Tx,
  record: ProviderConnection,
  attempt: Attempt,
  refusal: string | undefined,
): Promise<void> {
  if (!isAbortReason(refusal) || attempt.reason === refusal) return;
  await updateAttempt(tx, attempt, { reason: refusal });
  await writeActivity(deps, tx, record.number, {
    kind: 'workNote',
    text: abortReasons[refusal],
    author: { kind: 'peer', instanceId: record.provider_instance_id },
  });
}

/** Tells the provider of an attempt that ended here; throws while it cannot be told, to be repeated. */
export async function reportAbort(deps: Deps, id: ProviderConnectionId, number: number): Promise<void> {
  const record = await findProviderConnection(deps.db, id);
  if (record === undefined) return;
  const told = await tellAbort(deps, record, { number });
  if (!told.ok && told.error.code === 'later') throw new Error(`the provider could not be told (${told.error.detail})`);
}
