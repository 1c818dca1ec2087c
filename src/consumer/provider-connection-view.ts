import { findCompany } from '../directory/index.ts';
import type { OutputOf } from '../kernel/index.ts';
import { describeConnection, findConnection, findPeer, safetyNumberWith } from '../link/index.ts';
import type { Db } from '../platform/db/database.ts';
import { validationOf } from '../scan/index.ts';
import { type Attempt, currentAttempt } from './connect/attempt-repo.ts';
import { type AbortReason, abortReasons } from './connect/end-attempt.ts';
import type { listProviderConnections, ProviderConnectionView } from './contract.ts';
import type { ConsumerDeps } from './deps.ts';
import type { ProviderConnection } from './provider-connection-repo.ts';
import { subjectOf } from './request-validation.ts';

type Summary = OutputOf<typeof listProviderConnections>['items'][number];

/** The line of a provider connection in a list. */
export async function summarise(db: Db, record: ProviderConnection): Promise<Summary> {
  const company = record.company_id === null ? null : await findCompany(db, record.company_id);
  const peer = await findPeer(db, record.provider_instance_id);
  return {
    number: record.number,
    state: record.state,
    provider: {
      name: record.provider_name,
      origin: record.provider_origin,
      instanceId: record.provider_instance_id,
      firstSeenAt: (peer?.first_seen_at ?? record.created_at).toISOString(),
    },
    company: company === null ? null : { id: company.id, name: company.name },
    createdAt: record.created_at.toISOString(),
    updatedAt: record.updated_at.toISOString(),
  };
}

/** Everything a provider connection's page shows, except its activity. */
export async function describe(
  deps: Pick<ConsumerDeps, 'ownFingerprint'>,
  db: Db,
  record: ProviderConnection,
): Promise<ProviderConnectionView> {
  const attempt = await currentAttempt(db, record.id);
  const connection = attempt?.connection_id == null ? undefined : await findConnection(db, attempt.connection_id);
  return {
    ...(await summarise(db, record)),
    contact: record.masked_contact,
    linkExpiresAt: record.link_expires_at.toISOString(),
    validation: record.company_id === null ? null : await validationOf(db, 'pre-onboarding', subjectOf(record)),
    attempt: attempt === undefined ? null : describeAttempt(attempt),
    safetyNumber: (await safetyNumberWith(db, deps.ownFingerprint, record.provider_instance_id)) ?? '',
    connection: connection === undefined ? null : await describeConnection(db, deps.ownFingerprint, connection),
  };
}

const REACHED = [
  'greeting',
  'authorising',
  'redeeming',
  'confirming',
  'testing',
  'prepared',
  'connected',
  'aborted',
] as const;

const describeAttempt = (attempt: Attempt): NonNullable<ProviderConnectionView['attempt']> => ({
  number: attempt.number,
  step: attempt.step,
  reached: REACHED.flatMap((step) => {
    const at = attempt[`${step}_at`];
    return at === null ? [] : [{ step, at: at.toISOString() }];
  }),
  reason: attempt.reason === null ? null : (abortReasons[attempt.reason as AbortReason] ?? attempt.reason),
});
