import { insertKeyedClient, resourceOf } from '../../access/index.ts';
import { later, system } from '../../kernel/index.ts';
import {
  accountOwner,
  type ConnectionId,
  connectionId,
  findConnection,
  openConnection,
  openFromPeer,
  pinnedManifest,
  postStatement,
  proofOf,
  readAnswer,
  sendTest,
  type WireFailure,
  writeActivity,
} from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import {
  accessTokenHash,
  claimsFor,
  confirmMac,
  deriveSchedule,
  fromBase64url,
  fullTranscriptHash,
  manifestKeys,
  type StatementBody,
  signStatement,
  transcriptHash,
  verifyConfirmMac,
} from '../../protocol/index.ts';
import { consumerEvent } from '../consumer-events.ts';
import { sendAbort } from '../consumer-jobs.ts';
import type { ConsumerDeps } from '../deps.ts';
import type { ProviderConnectionId } from '../provider-connection.ts';
import {
  findProviderConnection,
  lockProviderConnection,
  type ProviderConnection,
} from '../provider-connection-repo.ts';
import { askStatus } from './ask-status.ts';
import type { AttemptStep } from './attempt.ts';
import { type Attempt, currentAttempt, findAttempt, moveAttempt } from './attempt-repo.ts';
import { type AttemptSecrets, openSecrets, sealSecrets } from './attempt-secrets.ts';
import { becomeConnected } from './become-connected.ts';
import { type AbortReason, endAttempt, isAbortReason } from './end-attempt.ts';

export type AdvanceDeps = Pick<
  ConsumerDeps,
  | 'db'
  | 'clock'
  | 'random'
  | 'jobs'
  | 'changes'
  | 'peerFetch'
  | 'signer'
  | 'sessionSealer'
  | 'ownId'
  | 'origin'
  | 'version'
  | 'oauth'
>;

/** What a step came to: the next one is reached, there is something to wait for, or the attempt is over. */
type Outcome = 'moved' | 'waits' | { readonly ends: AbortReason };
type Step = (deps: AdvanceDeps, record: ProviderConnection, attempt: Attempt) => Promise<Outcome>;

/** Thrown to have the job repeated: the other side was not there, or not ready. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
}

/**
 * Takes an attempt through its steps until one has to wait for somebody. Each step stores what it is about to send before
 * sending it, so whoever picks the attempt up after a crash sends the same statement again.
 */
export async function advance(deps: AdvanceDeps, id: ProviderConnectionId, number: number): Promise<void> {
  for (;;) {
    const record = await findProviderConnection(deps.db, id);
    const attempt = await findAttempt(deps.db, id, number);
    if (record === undefined || attempt === undefined) return;
    const step = steps[attempt.step];
    if (step === undefined) return;
    const late = attempt.step !== 'prepared' && attempt.expires_at <= deps.clock.now();
    const outcome: Outcome = late ? { ends: 'expired' } : await step(deps, record, attempt);
    if (outcome === 'waits') return;
    if (outcome !== 'moved') return finish(deps, record, attempt, await reasonOf(deps, record, attempt, outcome.ends));
  }
}

const steps: Partial<Record<AttemptStep, Step>> = {
  redeeming: redeem,
  confirming: confirm,
  testing: prove,
  prepared: askForCommit,
};

async function redeem(deps: AdvanceDeps, record: ProviderConnection, attempt: Attempt): Promise<Outcome> {
  const secrets = await openSecrets(deps.sessionSealer, attempt);
  if (secrets.pending === undefined || secrets.callbackUrl === undefined || secrets.shared === undefined)
    return { ends: 'interrupted' };
  const token = await deps.oauth.exchangeCode(secrets.callbackUrl, secrets.pending);
  if (!token.ok) {
    if (token.error.code === 'unreachable') throw new TryLater('the provider’s token endpoint does not answer');
    if (token.error.code !== 'denied') return { ends: 'not_redeemed' };
    return { ends: isAbortReason(token.error.description) ? token.error.description : 'declined' };
  }
  const th2 = transcriptHash(attempt.hello, attempt.hello_ack ?? '');
  const ath = accessTokenHash(token.value.accessToken);
  const schedule = deriveSchedule(bytes(secrets.shared), th2);
  const origin = deps.origin ?? '';
  const statement = await signStatement(deps.signer, 'confirm', {
    ...claims(deps, 'confirm', record),
    reg: record.registration_id,
    att: attempt.number,
    step: 'confirm',
    th2,
    ath,
    mac: confirmMac({ key: schedule.consumerConfirm, side: 'consumer', th2, ath }),
    oauth_for_provider: {
      issuer: origin,
      resource: resourceOf(origin),
      client_id: `sxp_${record.id}_${attempt.number}`,
      scope: 'sx:messages',
    },
  });
  const kept: AttemptSecrets = { shared: secrets.shared, token: token.value };
  return move(deps, record, attempt, 'redeeming', 'confirming', async () => ({
    confirming_at: deps.clock.now(),
    confirm: statement,
    sealed_secrets: await sealSecrets(deps.sessionSealer, attempt, kept),
    // The signed confirm and its token live for a few minutes; after that the provider would refuse them.
    expires_at: new Date(Math.min(Date.parse(token.value.expiresAt), attempt.expires_at.getTime())),
  }));
}

async function confirm(deps: AdvanceDeps, record: ProviderConnection, attempt: Attempt): Promise<Outcome> {
  const secrets = await openSecrets(deps.sessionSealer, attempt);
  if (secrets.token === undefined || secrets.shared === undefined || attempt.confirm === null)
    return { ends: 'interrupted' };
  const url = `${record.provider_origin}/sx/v1/onboard/${record.registration_id}/confirm`;
  const sent = await deps.oauth.fetchBound(secrets.token, url, {
    method: 'POST',
    headers: { 'content-type': 'application/jose', accept: 'application/jose' },
    body: attempt.confirm,
  });
  if (!sent.ok) throw new TryLater('the provider does not answer');
  const answer = readAnswer(sent.value);
  if (!answer.ok) return refused(answer.error);
  const parties = { issuer: record.provider_instance_id, audience: deps.ownId() };
  const ack = await openFromPeer(deps, 'confirmAck', answer.value, parties);
  const manifest = await pinnedManifest(deps, record.provider_instance_id);
  const th2 = transcriptHash(attempt.hello, attempt.hello_ack ?? '');
  const schedule = deriveSchedule(bytes(secrets.shared), th2);
  const by = {
    key: schedule.providerConfirm,
    side: 'provider',
    th2,
    ath: accessTokenHash(secrets.token.accessToken),
  } as const;
  if (
    !ack.ok ||
    manifest === undefined ||
    !fitsAttempt(ack.value, record, attempt) ||
    !(await isNewConnection(deps, ack.value.conn)) ||
    ack.value.th2 !== th2 ||
    !verifyConfirmMac(by, ack.value.mac)
  ) {
    return { ends: 'key_mismatch' };
  }
  const connection = ack.value.conn as ConnectionId;
  return move(deps, record, attempt, 'confirming', 'testing', async (tx) => {
    const now = deps.clock.now();
    const clientId = `sxp_${record.id}_${attempt.number}`;
    await insertKeyedClient(tx, {
      clientId,
      keys: manifestKeys(manifest, 'client').map(({ kid, jwk }) => ({ ...jwk, kid })),
      owner: accountOwner(connection),
      createdAt: now,
    });
    const opened = await openConnection({ ...deps, sealer: deps.sessionSealer }, tx, {
      id: connection,
      side: 'consumer',
      ownerId: record.id,
      attempt: attempt.number,
      peer: record.provider_instance_id,
      localClientId: clientId,
      remote: { clientId: ack.value.client_id, issuer: manifest.oauth.issuer, resource: manifest.oauth.resource },
      settings: { appVersion: deps.version, autoActivateRecordProducers: false, autoActivateTaskDefinitions: false },
      schedule,
    });
    await sendTest(deps, tx, opened);
    await consumerEvent(deps, tx, 'keys-exchanged', {
      actor: system('onboarding'),
      number: record.number,
      detail: { attempt: attempt.number, connection, consentBy: ack.value.consent_by ?? null },
    });
    const consent =
      ack.value.consent_by === 'administrator'
        ? 'An administrator of the provider allowed the connection, not the named contact: the provider is set to accept that.'
        : 'The contact allowed the connection.';
    await writeActivity(deps, tx, record.number, {
      kind: 'workNote',
      text: `${consent} Keys are exchanged. Service account ${opened.service_account} and OAuth client ${clientId} were created; both directions are being proved.`,
      author: system('onboarding'),
    });
    return {
      testing_at: now,
      confirm_ack: answer.value,
      connection_id: connection,
      sealed_secrets: null,
      expires_at: later(now, PROOF_MS),
    };
  });
}

/** Both directions are proved within a day or the attempt ends. */
const PROOF_MS = 24 * 60 * 60 * 1_000;

async function prove(deps: AdvanceDeps, record: ProviderConnection, attempt: Attempt): Promise<Outcome> {
  const connection = attempt.connection_id === null ? undefined : await findConnection(deps.db, attempt.connection_id);
  if (connection === undefined) return { ends: 'interrupted' };
  if (connection.status === 'suspended') return { ends: 'lane_forked' };
  const proof = await proofOf(deps.db, connection);
  if (!proof.inbound || !proof.outbound) return 'waits';
  const { hello, hello_ack, confirm: m3, confirm_ack } = attempt;
  const statement = await signStatement(deps.signer, 'prepared', {
    ...claims(deps, 'prepared', record),
    reg: record.registration_id,
    att: attempt.number,
    step: 'prepared',
    th4: fullTranscriptHash(hello, hello_ack ?? '', m3 ?? '', confirm_ack ?? ''),
    receipts: [...proof.receipts],
  });
  return move(deps, record, attempt, 'testing', 'prepared', async () => ({
    prepared_at: deps.clock.now(),
    prepared: statement,
  }));
}

async function askForCommit(deps: AdvanceDeps, record: ProviderConnection, attempt: Attempt): Promise<Outcome> {
  const url = new URL(`/sx/v1/onboard/${record.registration_id}/prepared`, record.provider_origin);
  const answer = await postStatement(deps, url, attempt.prepared ?? '');
  if (answer.ok) {
    const connected = await becomeConnected(deps, record, answer.value);
    if (connected.ok) return 'waits';
    throw new TryLater(`the provider’s commit does not hold (${connected.error})`);
  }
  if (answer.error.code === 'later') throw new TryLater(answer.error.detail);
  // NOTE prepared ends only by the provider's signed word: a refusal alone may come from anybody in between.
  const status = await askStatus(deps, record, attempt);
  if (!status.ok || status.value.state === 'pending') throw new TryLater('the provider has not decided');
  if (status.value.state === 'committed') throw new TryLater('the provider has committed; its commit is on the way');
  return { ends: isAbortReason(status.value.reason) ? status.value.reason : 'provider_refused' };
}

const bytes = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array();

const claims = (deps: AdvanceDeps, kind: 'confirm' | 'prepared', record: ProviderConnection) =>
  claimsFor(kind, {
    issuer: deps.ownId(),
    audience: record.provider_instance_id,
    now: deps.clock.now(),
    random: deps.random,
  });

const fitsAttempt = (ack: StatementBody<'confirmAck'>, record: ProviderConnection, attempt: Attempt): boolean =>
  ack.reg === record.registration_id && ack.att === attempt.number;

/** The provider chooses the id; one that names a connection we have already is no choice of an honest one. */
const isNewConnection = async ({ db }: AdvanceDeps, id: string): Promise<boolean> =>
  connectionId.is(id) && (await findConnection(db, id)) === undefined;

function refused(failure: WireFailure): Outcome {
  if (failure.code === 'later') throw new TryLater(failure.detail);
  return { ends: failure.detail === 'sx_superseded' ? 'expired' : 'provider_refused' };
}

type Tx = Parameters<typeof moveAttempt>[0];
type Reached = Parameters<typeof moveAttempt>[4];

/** One transaction: the record held, the step moved together with everything that belongs to the new one. */
async function move(
  deps: AdvanceDeps,
  record: ProviderConnection,
  attempt: Attempt,
  from: AttemptStep,
  to: AttemptStep,
  reach: (tx: Tx) => Promise<Reached>,
): Promise<Outcome> {
  await transact(deps.db, async (tx) => {
    await lockProviderConnection(tx, record.id);
    const current = await currentAttempt(tx, record.id);
    if (current?.number !== attempt.number || current.step !== from) return;
    await moveAttempt(tx, attempt, from, to, await reach(tx));
    await deps.changes.publish(tx, record.number);
  });
  return 'moved';
}

/** What the provider says where it has ended the attempt first: it knows better why. */
async function reasonOf(
  deps: AdvanceDeps,
  record: ProviderConnection,
  attempt: Attempt,
  ours: AbortReason,
): Promise<AbortReason> {
  const status = await askStatus(deps, record, attempt);
  if (!status.ok || status.value.state !== 'aborted') return ours;
  return isAbortReason(status.value.reason) ? status.value.reason : ours;
}

async function finish(
  deps: AdvanceDeps,
  record: ProviderConnection,
  attempt: Attempt,
  reason: AbortReason,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    const locked = await lockProviderConnection(tx, record.id);
    const current = await currentAttempt(tx, record.id);
    // NOTE another worker may have taken the attempt further meanwhile; what this one met is then no longer its state.
    if (locked === undefined || current?.number !== attempt.number || current.step !== attempt.step) return;
    const by = current.step === 'prepared' ? 'provider-aborted' : 'abort';
    if (!(await endAttempt(deps, tx, locked, system('onboarding'), reason, by))) return;
    await deps.jobs.send(tx, sendAbort, { id: record.id, number: attempt.number });
  });
}
