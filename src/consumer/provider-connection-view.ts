import { type Company, findCompanies } from '../directory/index.ts';
import type { OutputOf } from '../kernel/index.ts';
import {
  describeConnection,
  findConnection,
  findPeer,
  type PeerRow,
  safetyComparisonWith,
  safetyNumberWith,
} from '../link/index.ts';
import type { Db } from '../platform/db/database.ts';
import { validationOf } from '../scan/index.ts';
import { type Attempt, currentAttempt } from './connect/attempt-repo.ts';
import { type AbortReason, abortReasons } from './connect/end-attempt.ts';
import type { listProviderConnections, ProviderConnectionView } from './contract.ts';
import type { ConsumerDeps } from './deps.ts';
import type { ProviderConnection } from './provider-connection-repo.ts';
import { subjectOf } from './request-validation.ts';

type Summary = OutputOf<typeof listProviderConnections>['items'][number];

/** The lines of provider connections in a list. What they name is read once each. */
export async function summarise(db: Db, records: readonly ProviderConnection[]): Promise<Summary[]> {
  const named = records.flatMap(({ company_id }) => (company_id === null ? [] : [company_id]));
  const companies = await findCompanies(db, [...new Set(named)]);
  const ids = [...new Set(records.map((each) => each.provider_instance_id))];
  const peers = new Map(
    (await Promise.all(ids.map((id) => findPeer(db, id)))).map((peer) => [peer?.instance_id, peer]),
  );
  return records.map((record) => {
    const company = record.company_id === null ? undefined : companies.get(record.company_id);
    return lineOf(record, company, peers.get(record.provider_instance_id));
  });
}

const lineOf = (record: ProviderConnection, company: Company | undefined, peer: PeerRow | undefined): Summary => ({
  number: record.number,
  state: record.state,
  provider: {
    name: record.provider_name,
    origin: record.provider_origin,
    instanceId: record.provider_instance_id,
    firstSeenAt: (peer?.first_seen_at ?? record.created_at).toISOString(),
  },
  company: company === undefined ? null : { id: company.id, name: company.name },
  createdAt: record.created_at.toISOString(),
  updatedAt: record.updated_at.toISOString(),
});

/** Everything a provider connection's page shows, except its activity. */
export async function describe(
  deps: Pick<ConsumerDeps, 'ownFingerprint'>,
  db: Db,
  record: ProviderConnection,
): Promise<ProviderConnectionView> {
  const attempt = await currentAttempt(db, record.id);
  const connection = attempt?.connection_id == null ? undefined : await findConnection(db, attempt.connection_id);
  return {
    ...((await summarise(db, [record]))[0] as Summary),
    contact: record.masked_contact,
    linkExpiresAt: record.link_expires_at.toISOString(),
    validation: record.company_id === null ? null : await validationOf(db, 'pre-onboarding', subjectOf(record)),
    attempt: attempt === undefined ? null : describeAttempt(attempt),
    safetyComparison: await safetyComparisonWith(db, deps.ownFingerprint, record.provider_instance_id),
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
