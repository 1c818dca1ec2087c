import { SxRefusal, type WireRoute } from '../../link/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/index.ts';
import { claimsFor, providerReaction, signStatement, statements } from '../../protocol/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { lockRegistration, moveRegistration } from '../registration/registration-repo.ts';
import { currentAttempt } from './attempt-repo.ts';
import { endAttempt } from './end-attempt.ts';
import { openFromConsumer } from './statement-of-consumer.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes' | 'signer' | 'ownId' | 'peerFetch'>;
type About = { registration: Parameters<typeof currentAttempt>[1]; consumer: ReturnType<Deps['ownId']>; att: number };

/** POST /sx/v1/onboard/{reg}/status: where an attempt stands. One that is not the running one is aborted, by presumption. */
export const statusRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/status',
  maxBytes: statements.statusRequest.maxBytes,
  answer: async (compact, request) => {
    const { registration, body } = await openFromConsumer(deps, 'statusRequest', compact, request);
    return signStatus(deps, deps.db, {
      registration: registration.id,
      consumer: registration.instance_id,
      att: body.att,
    });
  },
});

/** POST /sx/v1/onboard/{reg}/abort: the consumer ends its attempt. Refused once committed; the answer says which it is. */
export const abortRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/abort',
  maxBytes: statements.abort.maxBytes,
  answer: async (compact, request) => {
    const { registration, body } = await openFromConsumer(deps, 'abort', compact, request);
    return transact(deps.db, async (tx) => {
      const locked = await lockRegistration(tx, registration.id);
      const attempt = await currentAttempt(tx, registration.id);
      if (locked === undefined) throw new SxRefusal('sx_refused', 'the registration is gone');
      if (providerReaction('abort', body.att, attempt)?.event === 'abort') {
        const actor = { kind: 'peer', instanceId: registration.instance_id } as const;
        await endAttempt(deps, tx, locked, actor, 'consumer_aborted');
        if (locked.state === 'work-in-progress') {
          await moveRegistration(tx, locked.id, 'work-in-progress', 'open', deps.clock.now());
        }
        await deps.changes.publish(tx, locked.number);
      }
      return signStatus(deps, tx, { registration: locked.id, consumer: registration.instance_id, att: body.att });
    });
  },
});

async function signStatus(deps: Deps, db: Db, about: About): Promise<string> {
  const attempt = await currentAttempt(db, about.registration);
  const mine = attempt?.number === about.att ? attempt : undefined;
  const decided = mine?.step === 'committed' || mine?.step === 'connected';
  const aborted = mine === undefined || mine.step === 'aborted';
  const now = deps.clock.now();
  return signStatement(deps.signer, 'status', {
    ...claimsFor('status', { issuer: deps.ownId(), audience: about.consumer, now, random: deps.random }),
    reg: about.registration,
    att: about.att,
    step: 'status',
    state: decided ? 'committed' : aborted ? 'aborted' : 'pending',
    ...(mine?.refusal_code != null &&
      mine.refusal_at && { refusal: { code: mine.refusal_code, at: mine.refusal_at.toISOString() } }),
    ...(aborted && { reason: mine?.reason ?? 'superseded' }),
    ...(decided &&
      mine.th4 !== null &&
      mine.connection_id !== null &&
      mine.committed_at !== null && {
        th4: mine.th4,
        conn: mine.connection_id,
        committed_at: mine.committed_at.toISOString(),
      }),
  });
}
