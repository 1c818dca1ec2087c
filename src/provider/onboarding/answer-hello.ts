import { resourceOf, upsertClient } from '../../access/index.ts';
import { later, MINUTE_MS, randomToken, system } from '../../kernel/index.ts';
import { acceptManifest, SxRefusal, type WireRoute, writeActivity } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import { transact } from '../../platform/db/index.ts';
import {
  claimsFor,
  encapsulate,
  fromBase64url,
  hashStatement,
  type InstanceId,
  type Manifest,
  manifestKeys,
  openStatement,
  PROTOCOL_VERSION,
  peekStatement,
  providerReaction,
  type StatementBody,
  SUITE,
  signStatement,
  statements,
  transcriptHash,
  verifyInviteMac,
} from '../../protocol/index.ts';
import { recordError } from '../../scan/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { BAD_MACS_ALLOWED } from '../registration/invitation.ts';
import { countBadMac, endInvitation, findInvitation, type Invitation } from '../registration/invitation-repo.ts';
import { secretContext } from '../registration/make-invitation.ts';
import { registrationId } from '../registration/registration.ts';
import {
  findRegistration,
  lockRegistration,
  moveRegistration,
  type Registration,
} from '../registration/registration-repo.ts';
import { subjectOf } from '../registration/registration-subject.ts';
import { isUsable } from '../registration/render-link.ts';
import { currentAttempt, insertAttempt, insertStepAnswer } from './attempt-repo.ts';
import { endAttempt } from './end-attempt.ts';
import { registrationDigest } from './registration-digest.ts';
import { answeredBefore, noteConflict } from './statement-of-consumer.ts';

type Deps = Pick<
  ProviderDeps,
  | 'db'
  | 'clock'
  | 'random'
  | 'changes'
  | 'signer'
  | 'inviteSealer'
  | 'sessionSealer'
  | 'ownId'
  | 'ownManifest'
  | 'origin'
>;
type Hello = StatementBody<'hello'>;
type Claimed = {
  registration: Registration & { instance_id: InstanceId };
  invitation: Invitation;
  hello: Hello;
  manifest: Manifest;
  hash: string;
};

/** The contact has this long to sign in and decide; then the attempt ends and the link is free again. */
const CLAIM_MS = 15 * MINUTE_MS;

/** Bound into the seal of an attempt's shared secret. */
export const attemptContext = (registration: string, attempt: number) => ({
  registration,
  attempt: String(attempt),
  field: 'shared-secret',
});

/** POST /sx/v1/onboard/{reg}/hello: a consumer presents the link and a fresh key. Checks run from cheap to costly. */
export const helloRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/hello',
  maxBytes: statements.hello.maxBytes,
  answer: async (compact, request) => {
    const claimed = await open(deps, compact, (request.params as { reg: string }).reg);
    const about = { registration: claimed.registration, attempt: claimed.hello.att, step: 'hello' } as const;
    return noteConflict(deps, about, () => transact(deps.db, (tx) => claim(deps, tx, compact, claimed)));
  },
});

async function open(deps: Deps, compact: string, reg: string): Promise<Claimed> {
  const peeked = peekStatement('hello', compact);
  if (!peeked.ok) throw new SxRefusal('sx_malformed', `hello ${peeked.error.code}`);
  const registration = registrationId.is(reg) ? await findRegistration(deps.db, reg) : undefined;
  const invitation = registration && (await findInvitation(deps.db, registration.id, registration.link_generation));
  const consumer = registration?.instance_id;
  if (registration === undefined || invitation?.sealed_secret == null || consumer == null || peeked.value.reg !== reg) {
    throw new SxRefusal('sx_refused', 'hello without a live link');
  }
  const secret = await deps.inviteSealer.open(secretContext(invitation), invitation.sealed_secret);
  const macHolds = verifyInviteMac(secret, peeked.value);
  const manifest = await acceptManifest(deps, consumer, peeked.value.manifest);
  if (manifest === undefined) throw new SxRefusal(macHolds ? 'sx_identity' : 'sx_refused', 'hello manifest');
  const opened = await openStatement('hello', compact, {
    keys: manifestKeys(manifest, 'sign'),
    issuer: consumer,
    audience: deps.ownId(),
    now: deps.clock.now(),
  });
  if (!macHolds) {
    // Only the consumer's own signature makes a wrong guess count: strangers cannot lock somebody else's link. And only one
    // at this very invitation: a consumer that still holds the link before it guesses nothing. And each statement once: who
    // has recorded one and sends it again guesses nothing either.
    if (opened.ok && opened.value.inv === invitation.jti)
      await countGuess(deps, registration, invitation, hashStatement(compact));
    throw new SxRefusal('sx_refused', 'hello mac');
  }
  if (!opened.ok) throw new SxRefusal('sx_refused', `hello ${opened.error.code}`);
  const hello = opened.value;
  if (hello.inv !== invitation.jti) throw new SxRefusal('sx_refused', 'hello for another generation');
  return {
    registration: { ...registration, instance_id: consumer },
    invitation,
    hello,
    manifest,
    hash: hashStatement(compact),
  };
}

async function countGuess(deps: Deps, registration: Registration, invitation: Invitation, hash: string): Promise<void> {
  await transact(deps.db, async (tx) => {
    const guesses = await countBadMac(tx, invitation, hash);
    if (guesses === undefined || guesses < BAD_MACS_ALLOWED) return;
    await endInvitation(tx, registration.id, 'locked');
    await providerEvent(deps, tx, 'link-locked', {
      actor: { kind: 'peer', instanceId: registration.instance_id ?? 'unknown' },
      number: registration.number,
      outcome: 'refused',
      detail: { guesses },
    });
    await writeActivity(deps, tx, registration.number, {
      kind: 'workNote',
      text: `The registration link was locked after ${guesses} wrong guesses at its secret. Regenerate it, and ask the contact what happened.`,
      author: system('onboarding'),
    });
    await recordError(deps, tx, {
      code: 'registration-link-locked',
      text: `${registration.number}: the registration link was locked after ${guesses} wrong guesses at its secret.`,
      side: 'provider',
      source: subjectOf(registration),
    });
  });
}

async function claim(deps: Deps, tx: Tx, compact: string, claimed: Claimed): Promise<string> {
  const { hello, hash } = claimed;
  const registration = await lockRegistration(tx, claimed.registration.id);
  if (registration === undefined) throw new SxRefusal('sx_refused', 'the registration is gone');
  const consumer = claimed.registration.instance_id;
  const key = { registration: registration.id, issuer: consumer, attempt: hello.att, step: 'hello' };
  const before = await answeredBefore(tx, key, hash);
  if (before !== undefined) return before;
  refuseUnfit(deps, registration, claimed);
  const running = await currentAttempt(tx, registration.id);
  const reaction = providerReaction('hello', hello.att, running);
  if (reaction?.begins !== true) throw new SxRefusal('sx_superseded', `attempt ${hello.att}`);
  const actor = { kind: 'peer', instanceId: consumer } as const;
  if (reaction.event === 'abort') await endAttempt(deps, tx, registration, actor, 'superseded');
  const now = deps.clock.now();
  if (registration.state === 'work-in-progress')
    await moveRegistration(tx, registration.id, 'work-in-progress', 'open', now);

  const info = { reg: registration.id, att: hello.att, consumer, provider: deps.ownId(), nc: hello.nc, h1: hash };
  const kem = await encapsulate(fromBase64url(hello.eph) ?? new Uint8Array(), info);
  if (!kem.ok) throw new SxRefusal('sx_refused', `hello key ${kem.error.code}`);
  const clientId = `sxc_${registration.id}_${hello.att}`;
  const digest = registrationDigest(registration);
  const origin = deps.origin ?? '';
  const answer = await signStatement(deps.signer, 'helloAck', {
    ...claimsFor('helloAck', { issuer: deps.ownId(), audience: consumer, now, random: deps.random }),
    reg: registration.id,
    att: hello.att,
    step: 'hello-ack',
    h1: hash,
    np: randomToken(deps.random, 32),
    ver: PROTOCOL_VERSION,
    suite: SUITE,
    manifest: deps.ownManifest(),
    enc: Buffer.from(kem.value.enc).toString('base64url'),
    client_id: clientId,
    as: { issuer: origin },
    resource: resourceOf(origin),
    scope: 'sx:connect',
    reg_digest: digest,
  });
  await upsertClient(tx, {
    clientId,
    keys: manifestKeys(claimed.manifest, 'client').map(({ kid, jwk }) => ({ ...jwk, kid })),
    redirectUris: [hello.oauth.redirect_uri],
    owner: { kind: 'registration', id: registration.id },
    createdAt: now,
  });
  await insertAttempt(tx, {
    registration_id: registration.id,
    number: hello.att,
    step: 'claimed',
    consumer_instance_id: consumer,
    client_id: clientId,
    hello_hash: hash,
    hello_ack_hash: hashStatement(answer),
    th2: transcriptHash(compact, answer),
    reg_digest: digest,
    dpop_jkt: hello.oauth.dpop_jkt,
    sealed_secret: await deps.sessionSealer.seal(attemptContext(registration.id, hello.att), kem.value.sharedSecret),
    consented_by: null,
    connection_id: null,
    th4: null,
    refusal_code: null,
    refusal_at: null,
    refused_visits: [],
    reason: null,
    expires_at: later(now, CLAIM_MS),
    claimed_at: now,
    authorised_at: null,
    keyed_at: null,
    committed_at: null,
    connected_at: null,
    aborted_at: null,
  });
  await insertStepAnswer(tx, key, { request_hash: hash, answer, answered_at: now });
  await providerEvent(deps, tx, 'attempt-claimed', {
    actor,
    number: registration.number,
    detail: { attempt: hello.att },
  });
  await deps.changes.publish(tx, registration.number);
  return answer;
}

/** What is wrong with a hello whose signature and MAC hold. */
function refuseUnfit(deps: Deps, registration: Registration, { invitation, hello, manifest }: Claimed): void {
  const live = registration.state === 'open' || registration.state === 'work-in-progress';
  const current = invitation.generation === registration.link_generation && isUsable(invitation, deps.clock.now());
  if (!live || !current) throw new SxRefusal('sx_refused', 'the link is no longer valid');
  if (hello.origin !== registration.url) throw new SxRefusal('sx_refused', 'hello from another origin');
  if (!hello.vers.includes(PROTOCOL_VERSION) || !hello.suites.includes(SUITE)) {
    throw new SxRefusal('sx_version', 'no common version or suite');
  }
  const redirect = URL.parse(hello.oauth.redirect_uri);
  if (redirect?.origin !== registration.url || !hello.oauth.redirect_uri.startsWith(manifest.oauth.redirect_base)) {
    throw new SxRefusal('sx_refused', 'the redirect address is not the consumer’s');
  }
  if (!manifestKeys(manifest, 'client').some(({ kid }) => kid === hello.oauth.client_kid)) {
    throw new SxRefusal('sx_refused', 'the client key is not in the manifest');
  }
}
