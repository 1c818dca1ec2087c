import type { FastifyRequest } from 'fastify';
import { openFromPeer, SxRefusal } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import { hashStatement, peekStatement, type StatementBody } from '../../protocol/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { registrationId } from '../registration/registration.ts';
import { findRegistration, type Registration } from '../registration/registration-repo.ts';
import { findStepAnswer } from './attempt-repo.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'peerFetch' | 'ownId'>;
type Kind = 'confirm' | 'prepared' | 'statusRequest' | 'abort';

export type ConsumerStatement<K extends Kind> = {
  readonly registration: Registration & { instance_id: NonNullable<Registration['instance_id']> };
  readonly body: StatementBody<K>;
  readonly hash: string;
};

/**
 * Opens a statement that the pinned consumer of a registration sends about an attempt. Unknown registration, foreign
 * signer, wrong audience and stale statement all get the same answer (T27).
 */
export async function openFromConsumer<K extends Kind>(
  deps: Deps,
  kind: K,
  compact: string,
  request: FastifyRequest,
): Promise<ConsumerStatement<K>> {
  const { reg } = request.params as { reg: string };
  const claimed = peekStatement(kind, compact);
  if (!claimed.ok) throw new SxRefusal('sx_malformed', `${kind} ${claimed.error.code}`);
  const registration = registrationId.is(reg) ? await findRegistration(deps.db, reg) : undefined;
  const consumer = registration?.instance_id;
  if (registration === undefined || consumer == null || claimed.value.reg !== reg) {
    throw new SxRefusal('sx_refused', `${kind} for an unknown registration`);
  }
  const opened = await openFromPeer(deps, kind, compact, { issuer: consumer, audience: deps.ownId() });
  if (!opened.ok) throw new SxRefusal('sx_refused', `${kind} ${opened.error.code}`);
  return { registration: { ...registration, instance_id: consumer }, body: opened.value, hash: hashStatement(compact) };
}

/** The answer given to this very statement before, if any; another statement for an answered step is refused. */
export async function answeredBefore(
  db: ProviderDeps['db'],
  key: Parameters<typeof findStepAnswer>[1],
  hash: string,
): Promise<string | undefined> {
  const given = await findStepAnswer(db, key);
  if (given === undefined) return undefined;
  if (given.request_hash !== hash) throw new SxRefusal('sx_step_conflict', `a second, different ${key.step}`);
  return given.answer;
}

/**
 * Answers one step. A second, different statement for a step that was answered comes from a peer gone wrong, or from two
 * peers with one set of keys: it is written into the audit, although the transaction that refused it leaves nothing else.
 */
export async function noteConflict(
  deps: Pick<ProviderDeps, 'db' | 'clock'>,
  about: { registration: Pick<Registration, 'number' | 'instance_id'>; attempt: number; step: Kind | 'hello' },
  answer: () => Promise<string>,
): Promise<string> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof SxRefusal && error.code === 'sx_step_conflict') {
      const { registration, attempt, step } = about;
      await transact(deps.db, (tx) =>
        providerEvent(deps, tx, 'step-conflict', {
          actor: { kind: 'peer', instanceId: registration.instance_id ?? 'unknown' },
          number: registration.number,
          outcome: 'refused',
          detail: { attempt, step },
        }),
      );
    }
    throw error;
  }
}
