import { later, MINUTE_MS, nextState, randomToken, SECOND_MS, type UserActor } from '../../kernel/index.ts';
import { openFromPeer, pinnedManifest, postStatement, type WireFailure } from '../../link/index.ts';
import { transact } from '../../platform/db/index.ts';
import {
  claimsFor,
  createEphemeral,
  decapsulate,
  fromBase64url,
  hashStatement,
  inviteMac,
  PROTOCOL_VERSION,
  type StatementBody,
  SUITE,
  signStatement,
  transcriptHash,
} from '../../protocol/index.ts';
import { consumerEvent } from '../consumer-events.ts';
import { watchAttempt } from '../consumer-jobs.ts';
import type { ConsumerDeps } from '../deps.ts';
import { linkContext } from '../import-link.ts';
import {
  ProviderConnectionNotFound,
  ProviderConnectionStateProblem,
  ProviderRefused,
  ProviderUnreachable,
} from '../problems.ts';
import { providerConnectionMachine, providerConnectionStates } from '../provider-connection.ts';
import {
  findProviderConnectionByNumber,
  lockProviderConnection,
  moveProviderConnection,
  type ProviderConnection,
} from '../provider-connection-repo.ts';
import { type Attempt, currentAttempt, findAttempt, insertAttempt, moveAttempt } from './attempt-repo.ts';
import { type AttemptSecrets, sealSecrets } from './attempt-secrets.ts';
import { type AbortReason, abortReasons, endAttempt } from './end-attempt.ts';

type Deps = Pick<
  ConsumerDeps,
  | 'db'
  | 'clock'
  | 'random'
  | 'jobs'
  | 'changes'
  | 'peerFetch'
  | 'signer'
  | 'inviteSealer'
  | 'sessionSealer'
  | 'clientKeyId'
  | 'ownId'
  | 'ownManifest'
  | 'origin'
  | 'oauth'
  | 'requireHealthyKeys'
>;

/** A person has this long to sign in at the provider and decide, as the provider counts it. */
const CONSENT_MS = 15 * MINUTE_MS;
/** A request that died between its two transactions is tidied up after this; longer than its calls can take together. */
const GREETING_MS = MINUTE_MS;
const WATCH_MS = 3 * SECOND_MS;

/** Where the provider sends the browser back to: one address per record, so that providers cannot be mixed up (T4). */
export const callbackAddress = (origin: string, record: Pick<ProviderConnection, 'id'>): string =>
  `${origin}/sx/oauth/cb/${record.id}`;

/**
 * Starts an attempt while a person waits: presents the link with fresh keys, pushes the authorization request, and gives the
 * address of the provider's consent page. The attempt is stored before anything is sent.
 */
export async function startAttempt(deps: Deps, actor: UserActor, number: string): Promise<string> {
  await refuseEarly(deps, number);
  await deps.requireHealthyKeys();
  const { record, attempt, secrets } = await begin(deps, actor, number);
  const fail = async (reason: AbortReason, problem: Error): Promise<never> => {
    throw (await giveUp(deps, actor, record, attempt, reason)) ? problem : overtaken(number);
  };
  const url = new URL(`/sx/v1/onboard/${record.registration_id}/hello`, record.provider_origin);
  const answer = await postStatement(deps, url, attempt.hello);
  if (!answer.ok) return fail(...refusal(record, answer.error));
  const agreed = await agree(deps, record, attempt, secrets, answer.value);
  if (agreed === undefined) {
    return fail('key_mismatch', new ProviderRefused(`${abortReasons.key_mismatch} The record is Validated again.`));
  }
  const pushed = await deps.oauth.pushAuthorizationRequest(agreed.request);
  if (!pushed.ok) {
    const reason = pushed.error.code === 'unreachable' ? 'provider_unreachable' : 'provider_refused';
    const text = `${abortReasons[reason]} The record is Validated again; nothing was kept.`;
    return fail(reason, reason === 'provider_unreachable' ? new ProviderUnreachable(text) : new ProviderRefused(text));
  }
  const kept: AttemptSecrets = { shared: agreed.shared, pending: pushed.value.pending };
  const moved = await transact(deps.db, async (tx) => {
    await lockProviderConnection(tx, record.id);
    const now = deps.clock.now();
    const won = await moveAttempt(tx, attempt, 'greeting', 'authorising', {
      authorising_at: now,
      hello_ack: answer.value,
      sealed_secrets: await sealSecrets(deps.sessionSealer, attempt, kept),
      expires_at: later(now, CONSENT_MS),
    });
    if (!won) return false;
    await deps.changes.publish(tx, record.number);
    return true;
  });
  if (!moved) throw overtaken(number);
  return pushed.value.authorizationUrl;
}

const overtaken = (number: string): Error =>
  new ProviderConnectionStateProblem(`Another attempt on ${number} was started meanwhile. Use that one.`);

/** First transaction: the attempt exists, with everything needed to recognise its answer, before a byte leaves. */
async function begin(deps: Deps, actor: UserActor, number: string) {
  const ephemeral = await createEphemeral();
  const dpopKey = await deps.oauth.createDpopKey();
  const secrets: AttemptSecrets = { ephemeral: Buffer.from(ephemeral.privateKey).toString('base64url'), dpopKey };
  return transact(deps.db, async (tx) => {
    const found = await findProviderConnectionByNumber(tx, number);
    const record = found && (await lockProviderConnection(tx, found.id));
    if (record === undefined) throw new ProviderConnectionNotFound(number);
    const now = deps.clock.now();
    const last = await currentAttempt(tx, record.id);
    refuseUnfit(record, last, now);
    if (record.state === 'connecting') await endAttempt(deps, tx, record, actor, 'superseded');
    const attemptNumber = (last?.number ?? 0) + 1;
    const hello = await signHello(deps, record, attemptNumber, ephemeral.publicKey, dpopKey.jkt);
    const named = { provider_connection_id: record.id, number: attemptNumber };
    await insertAttempt(tx, {
      ...named,
      sealed_secrets: await sealSecrets(deps.sessionSealer, named, secrets),
      hello,
      started_by: actor.id,
      expires_at: later(now, GREETING_MS),
      greeting_at: now,
    });
    await moveProviderConnection(tx, record.id, 'validated', 'connecting', now);
    await consumerEvent(deps, tx, 'attempt-started', { actor, number, detail: { attempt: attemptNumber } });
    const payload = { id: record.id, number: attemptNumber };
    await deps.jobs.send(tx, watchAttempt, payload, { startAfter: later(now, WATCH_MS) });
    await deps.changes.publish(tx, number);
    const attempt = await findAttempt(tx, record.id, attemptNumber);
    if (attempt === undefined) throw new Error('the attempt was not stored');
    return { record, attempt, secrets };
  });
}

/** Before the keys are asked, which takes a moment: what the record itself forbids is the better answer. */
async function refuseEarly({ db, clock }: Deps, number: string): Promise<void> {
  const record = await findProviderConnectionByNumber(db, number);
  if (record === undefined) throw new ProviderConnectionNotFound(number);
  refuseUnfit(record, await currentAttempt(db, record.id), clock.now());
}

function refuseUnfit(record: ProviderConnection, last: Attempt | undefined, now: Date): void {
  const label = providerConnectionStates[record.state].label;
  const replaceable = last?.step === 'greeting' || last?.step === 'authorising';
  if (
    nextState(providerConnectionMachine, record.state, 'connect') === undefined ||
    (record.state === 'connecting' && !replaceable)
  ) {
    throw new ProviderConnectionStateProblem(
      `${record.number} is ${label}. ${providerConnectionStates[record.state].next} Nothing was changed.`,
    );
  }
  if (record.link_expires_at <= now || record.sealed_secret === null) {
    throw new ProviderConnectionStateProblem(
      'The registration link has expired. Ask the provider for a new one and import it. Nothing was changed.',
    );
  }
}

async function signHello(
  deps: Deps,
  record: ProviderConnection,
  attempt: number,
  eph: Uint8Array,
  jkt: string,
): Promise<string> {
  if (deps.origin === null || record.sealed_secret === null) throw new Error('no hello without an address and a link');
  const body: Omit<StatementBody<'hello'>, 'mac'> = {
    ...claimsFor('hello', {
      issuer: deps.ownId(),
      audience: record.provider_instance_id,
      now: deps.clock.now(),
      random: deps.random,
    }),
    reg: record.registration_id,
    att: attempt,
    step: 'hello',
    inv: record.invitation_jti,
    nc: randomToken(deps.random, 32),
    origin: deps.origin,
    manifest: deps.ownManifest(),
    vers: [PROTOCOL_VERSION],
    suites: [SUITE],
    eph: Buffer.from(eph).toString('base64url'),
    oauth: { redirect_uri: callbackAddress(deps.origin, record), client_kid: await deps.clientKeyId(), dpop_jkt: jkt },
  };
  const secret = await deps.inviteSealer.open(linkContext(record), record.sealed_secret);
  return signStatement(deps.signer, 'hello', { ...body, mac: inviteMac(secret, body) } as StatementBody<'hello'>);
}

/** Opens the provider's answer and derives the shared secret; undefined when anything in it does not hold. */
async function agree(
  deps: Deps,
  record: ProviderConnection,
  attempt: Attempt,
  secrets: AttemptSecrets,
  answer: string,
) {
  const parties = { issuer: record.provider_instance_id, audience: deps.ownId() };
  const ack = await openFromPeer(deps, 'helloAck', answer, parties);
  const manifest = await pinnedManifest(deps, record.provider_instance_id);
  const h1 = hashStatement(attempt.hello);
  if (!ack.ok || manifest === undefined || secrets.dpopKey === undefined) return undefined;
  const { value } = ack;
  const fits =
    value.h1 === h1 &&
    value.reg === record.registration_id &&
    value.att === attempt.number &&
    value.ver === PROTOCOL_VERSION &&
    value.suite === SUITE &&
    value.as.issuer === manifest.oauth.issuer &&
    value.resource === manifest.oauth.resource;
  if (!fits) return undefined;
  const hello = JSON.parse(Buffer.from(attempt.hello.split('.')[1] ?? '', 'base64url').toString()) as { nc: string };
  const shared = await decapsulate(
    fromBase64url(secrets.ephemeral ?? '') ?? new Uint8Array(),
    fromBase64url(value.enc) ?? new Uint8Array(),
    { reg: value.reg, att: value.att, consumer: deps.ownId(), provider: record.provider_instance_id, nc: hello.nc, h1 },
  );
  if (!shared.ok || deps.origin === null) return undefined;
  return {
    shared: Buffer.from(shared.value).toString('base64url'),
    request: {
      issuer: value.as.issuer,
      clientId: value.client_id,
      redirectUri: callbackAddress(deps.origin, record),
      resource: value.resource,
      dpopKey: secrets.dpopKey,
      detail: {
        type: 'sx_connect' as const,
        registration: value.reg,
        attempt: value.att,
        consumer: deps.ownId(),
        origin: deps.origin,
        th2: transcriptHash(attempt.hello, answer),
        reg_digest: value.reg_digest,
      },
    },
  };
}

function refusal(record: ProviderConnection, failure: WireFailure): [AbortReason, Error] {
  if (failure.code === 'later') {
    return [
      'provider_unreachable',
      new ProviderUnreachable(
        `${record.provider_origin} does not answer now (${failure.detail}). The record is Validated again; try again in a while.`,
      ),
    ];
  }
  return [
    'provider_refused',
    new ProviderRefused(
      'The provider did not accept this registration link: it may have expired, been renewed or been cancelled. Ask the provider for a new link and import it. The record is Validated again.',
      { extra: { code: failure.detail } },
    ),
  ];
}

/** False when a newer attempt has taken its place: that one goes on. */
async function giveUp(
  deps: Deps,
  actor: UserActor,
  record: ProviderConnection,
  attempt: Attempt,
  reason: AbortReason,
): Promise<boolean> {
  return transact(deps.db, async (tx) => {
    const locked = await lockProviderConnection(tx, record.id);
    const current = await currentAttempt(tx, record.id);
    if (locked === undefined || current?.number !== attempt.number) return false;
    await endAttempt(deps, tx, locked, actor, reason);
    return true;
  });
}
