import { assignClient, type PeerCall, promoteClient } from '../../access/index.ts';
import { DAY_MS, later, SECOND_MS, system } from '../../kernel/index.ts';
import {
  accountOwner,
  connectionId,
  openConnection,
  pinnedManifest,
  SxRefusal,
  sendTest,
  type WireRoute,
  writeActivity,
} from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/index.ts';
import {
  claimsFor,
  confirmMac,
  deriveSchedule,
  hashStatement,
  providerReaction,
  signStatement,
  statements,
  transcriptOfHashes,
  verifyConfirmMac,
  wireLimits,
} from '../../protocol/index.ts';
import { consentHolds } from '../consent/consent-facts.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { lockRegistration, moveRegistration, type Registration } from '../registration/registration-repo.ts';
import { attemptContext } from './answer-hello.ts';
import { type Attempt, currentAttempt, insertStepAnswer, moveAttempt } from './attempt-repo.ts';
import { endAttempt } from './end-attempt.ts';
import { registrationDigest } from './registration-digest.ts';
import { answeredBefore, type ConsumerStatement, noteConflict, openFromConsumer } from './statement-of-consumer.ts';

type Deps = Pick<
  ProviderDeps,
  | 'db'
  | 'clock'
  | 'random'
  | 'jobs'
  | 'changes'
  | 'signer'
  | 'sessionSealer'
  | 'ownId'
  | 'peerFetch'
  | 'guard'
  | 'origin'
  | 'version'
  | 'adminMayConsent'
>;

/** Lanes beside lane 0. */
const LANES = 16;
/** Both sides prove themselves within a day or the attempt ends. */
const PROOF_MS = DAY_MS;
/** The consumer tests first, having just learnt its connection; our own test follows by itself if that never comes. */
const OWN_TEST_DELAY_MS = 5 * SECOND_MS;

/** POST /sx/v1/onboard/{reg}/confirm: the consumer proves that the contact allowed it and that it holds the handshake's keys. */
export const confirmRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/confirm',
  maxBytes: statements.confirm.maxBytes,
  answer: async (compact, request, reply) => {
    const confirm = await openFromConsumer(deps, 'confirm', compact, request);
    const about = { registration: confirm.registration, attempt: confirm.body.att, step: 'confirm' } as const;
    return noteConflict(deps, about, async () => {
      const before = await answeredBefore(deps.db, stepKey(confirm), confirm.hash);
      // NOTE the stored answer holds no secret, so the same signed statement gets it again even under an expired token.
      if (before !== undefined) return before;
      const call = await deps.guard.check(request.raw, 'sx:connect');
      if (!call.ok) throw new SxRefusal('sx_unauthorised', call.error.code, { headers: call.error.headers });
      reply.header('dpop-nonce', await deps.guard.nonce());
      const answer = await transact(deps.db, (tx) => provision(deps, tx, confirm, call.value));
      // Thrown only now: the end of the attempt stays on record.
      if (answer === null) throw new SxRefusal('sx_refused', 'who consented may not do so any more');
      return answer;
    });
  },
});

const stepKey = ({ registration, body }: ConsumerStatement<'confirm'>) => ({
  registration: registration.id,
  issuer: registration.instance_id,
  attempt: body.att,
  step: 'confirm',
});

/** The answer; null when the consent does not hold any more, and the attempt has been ended for it. */
async function provision(
  deps: Deps,
  tx: Tx,
  confirm: ConsumerStatement<'confirm'>,
  call: PeerCall,
): Promise<string | null> {
  const { body, hash } = confirm;
  const registration = await lockRegistration(tx, confirm.registration.id);
  const before = await answeredBefore(tx, stepKey(confirm), hash);
  if (before !== undefined) return before;
  const attempt = registration && (await currentAttempt(tx, registration.id));
  const reaction = providerReaction('confirm', body.att, attempt);
  if (registration === undefined || attempt === undefined || reaction?.event !== 'confirm') {
    throw new SxRefusal('sx_superseded', `attempt ${body.att} is not the running one`);
  }
  if (call.dpopJkt !== attempt.dpop_jkt)
    throw new SxRefusal('sx_refused', 'the token is bound to another key than the hello named');
  const schedule = await agreedSchedule(deps, registration, attempt, confirm, call);
  if (!(await consentHolds(deps, tx, registration, attempt))) {
    await endAttempt(deps, tx, registration, system('onboarding'), 'not_entitled');
    await moveRegistration(tx, registration.id, 'work-in-progress', 'open', deps.clock.now());
    return null;
  }
  const manifest = await pinnedManifest({ ...deps, db: tx }, confirm.registration.instance_id);
  const theirs = body.oauth_for_provider;
  if (
    manifest === undefined ||
    theirs.issuer !== manifest.oauth.issuer ||
    theirs.resource !== manifest.oauth.resource
  ) {
    throw new SxRefusal('sx_refused', 'the consumer’s authorization server is not the one in its manifest');
  }
  const now = deps.clock.now();
  const id = connectionId.create(deps.random);
  const answer = await signStatement(deps.signer, 'confirmAck', {
    ...claimsFor('confirmAck', {
      issuer: deps.ownId(),
      audience: confirm.registration.instance_id,
      now,
      random: deps.random,
    }),
    reg: registration.id,
    att: attempt.number,
    step: 'confirm-ack',
    th2: attempt.th2,
    mac: confirmMac({ key: schedule.providerConfirm, side: 'provider', th2: attempt.th2, ath: body.ath }),
    conn: id,
    client_id: attempt.client_id,
    resource: `${deps.origin}/sx/v1`,
    scope: 'sx:messages',
    consent_by: attempt.consented_by === registration.contact_id ? 'contact' : 'administrator',
    lanes: LANES,
    limits: { ...wireLimits },
  });
  await promoteClient(tx, attempt.client_id);
  await assignClient(tx, attempt.client_id, accountOwner(id));
  const connection = await openConnection({ ...deps, sealer: deps.sessionSealer }, tx, {
    id,
    side: 'provider',
    ownerId: registration.id,
    attempt: attempt.number,
    peer: confirm.registration.instance_id,
    localClientId: attempt.client_id,
    remote: { clientId: theirs.client_id, issuer: theirs.issuer, resource: theirs.resource },
    settings: { appVersion: deps.version },
    schedule,
  });
  await moveAttempt(tx, attempt, 'authorised', 'keyed', {
    keyed_at: now,
    connection_id: id,
    sealed_secret: null,
    th4: transcriptOfHashes(attempt.hello_hash, attempt.hello_ack_hash, hash, hashStatement(answer)),
    expires_at: later(now, PROOF_MS),
  });
  await sendTest(deps, tx, connection, later(now, OWN_TEST_DELAY_MS));
  await insertStepAnswer(tx, stepKey(confirm), { request_hash: hash, answer, answered_at: now });
  const actor = { kind: 'peer', instanceId: confirm.registration.instance_id } as const;
  await providerEvent(deps, tx, 'keys-exchanged', {
    actor,
    number: registration.number,
    detail: { attempt: attempt.number, connection: id },
  });
  await writeActivity(deps, tx, registration.number, {
    kind: 'workNote',
    text: `Keys are exchanged. Service account ${connection.service_account} and OAuth client ${attempt.client_id} were created; both directions are being proved.`,
    author: actor,
  });
  return answer;
}

/** Every condition of the step, then the keys; whatever does not fit is refused with one answer. */
async function agreedSchedule(
  deps: Deps,
  registration: Registration,
  attempt: Attempt,
  { body }: ConsumerStatement<'confirm'>,
  call: PeerCall,
) {
  const allowed = call.detail;
  const fits =
    attempt.step === 'authorised' &&
    call.clientId === attempt.client_id &&
    call.subject === attempt.consented_by &&
    allowed?.registration === registration.id &&
    allowed.attempt === attempt.number &&
    allowed.th2 === attempt.th2 &&
    allowed.reg_digest === registrationDigest(registration) &&
    body.th2 === attempt.th2 &&
    body.ath === call.tokenHash;
  if (!fits || attempt.sealed_secret === null) throw new SxRefusal('sx_refused', 'confirm does not fit the attempt');
  const secret = await deps.sessionSealer.open(attemptContext(registration.id, attempt.number), attempt.sealed_secret);
  const schedule = deriveSchedule(secret, attempt.th2);
  const by = { key: schedule.consumerConfirm, side: 'consumer', th2: attempt.th2, ath: body.ath } as const;
  if (!verifyConfirmMac(by, body.mac)) throw new SxRefusal('sx_refused', 'confirm mac');
  return schedule;
}
