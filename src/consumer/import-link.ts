import { nextState, type UserActor } from '../kernel/index.ts';
import { learnOfPeer, type PeerObservation, visitPeer, writeActivity } from '../link/index.ts';
import type { Tx } from '../platform/db/database.ts';
import { transact } from '../platform/db/index.ts';
import {
  manifestKeys,
  openStatement,
  parseLink,
  peekStatement,
  type StatementBody,
  secretHash,
} from '../protocol/index.ts';
import { endAttempt } from './connect/end-attempt.ts';
import { consumerEvent } from './consumer-events.ts';
import type { ConsumerDeps } from './deps.ts';
import {
  LinkForAnotherInstance,
  LinkRefused,
  ProviderConnectionStateProblem,
  ProviderUnreachable,
} from './problems.ts';
import { providerConnectionId, providerConnectionMachine } from './provider-connection.ts';
import {
  findByRegistration,
  insertProviderConnection,
  lockProviderConnection,
  moveProviderConnection,
  nextProviderConnectionNumber,
  type ProviderConnection,
  updateProviderConnection,
} from './provider-connection-repo.ts';
import { requestValidation } from './request-validation.ts';

type Deps = Pick<
  ConsumerDeps,
  'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'peerFetch' | 'inviteSealer' | 'ownId' | 'origin'
>;
type Invite = StatementBody<'invite'>;
type Verified = { invite: Invite; secret: Uint8Array; seen: PeerObservation };

/** Bound into the seal of an imported link's secret. */
export const linkContext = (record: Pick<ProviderConnection, 'id' | 'invitation_jti'>) => ({
  providerConnection: record.id,
  invitation: record.invitation_jti,
  field: 'link-secret',
});

/**
 * Imports a registration link: verifies who invites, shares nothing, and creates the record in state New, or opens the one
 * there is (CON-02, OQ-24, docs/protocol/link.md).
 */
export async function importLink(deps: Deps, actor: UserActor, code: string): Promise<ProviderConnection> {
  const verified = await verify(deps, code);
  return transact(deps.db, async (tx) => {
    await learnOfPeer(deps, tx, verified.seen);
    const { iss, reg } = verified.invite;
    const existing = await findByRegistration(tx, iss, reg);
    const created = existing === undefined ? await create(deps, tx, actor, verified) : undefined;
    // NOTE somebody who imports at the same moment wins the insert; their record is then the one to open.
    const record = created ?? (await renew(deps, tx, actor, await findByRegistration(tx, iss, reg), verified));
    await deps.changes.publish(tx, record.number);
    return record;
  });
}

async function verify(deps: Deps, code: string): Promise<Verified> {
  const link = parseLink(code);
  if (!link.ok)
    throw new LinkRefused(
      'This is not a registration link, or a part of it is missing. Nothing was stored. Copy the whole link again.',
    );
  const peeked = peekStatement('invite', link.value.invite);
  if (!peeked.ok)
    throw new LinkRefused('The invitation in this link is damaged. Nothing was stored. Copy the whole link again.');
  const { aud, curl, purl, iss } = peeked.value;
  // NOTE nothing of it is signed by anybody yet: of its texts only the address is repeated.
  if (aud !== deps.ownId() || curl !== deps.origin) {
    throw new LinkForAnotherInstance(
      `This link was made for the instance at ${curl}. Nothing was stored. Open it there, or ask who sent it to register ${deps.origin ?? 'this instance'}.`,
      { extra: { expectedOrigin: curl } },
    );
  }
  const seen = await visitPeer(deps, purl, { pin: { id: iss } });
  if (!seen.ok) {
    if (seen.error.code === 'identity')
      throw new LinkRefused(`${seen.error.message} Nothing was stored. Ask who sent you the link.`);
    throw new ProviderUnreachable(
      `${seen.error.message} Nothing was stored. Try again, or ask the provider whether ${purl} is up.`,
    );
  }
  const opened = await openStatement('invite', link.value.invite, {
    keys: manifestKeys(seen.value.identity.manifest, 'sign'),
    issuer: iss,
    audience: deps.ownId(),
    now: deps.clock.now(),
  });
  if (!opened.ok || opened.value.sh !== secretHash(link.value.secret)) {
    const expired = !opened.ok && opened.error.code === 'expired';
    throw new LinkRefused(
      expired
        ? 'This registration link has expired. Nothing was stored. Ask the provider for a new one.'
        : 'The invitation in this link is not what the provider signed. Nothing was stored. Ask the provider for a new link.',
    );
  }
  return { invite: opened.value, secret: link.value.secret, seen: seen.value };
}

/** Undefined when there is a record of that registration meanwhile. */
async function create(
  deps: Deps,
  tx: Tx,
  actor: UserActor,
  { invite, secret }: Verified,
): Promise<ProviderConnection | undefined> {
  const now = deps.clock.now();
  const id = providerConnectionId.create(deps.random);
  const record: ProviderConnection = {
    id,
    number: await nextProviderConnectionNumber(tx),
    state: 'new',
    provider_instance_id: invite.iss,
    provider_origin: invite.purl,
    provider_name: invite.pn,
    registration_id: invite.reg,
    invitation_jti: invite.jti,
    invitation_generation: invite.gen,
    link_expires_at: new Date(invite.exp * 1_000),
    sealed_secret: await deps.inviteSealer.seal(linkContext({ id, invitation_jti: invite.jti }), secret),
    masked_contact: invite.ch,
    company_id: null,
    validation_since: now,
    connection_id: null,
    imported_by: actor.id,
    created_at: now,
    updated_at: now,
  };
  if (!(await insertProviderConnection(tx, record))) return undefined;
  await consumerEvent(deps, tx, 'link-imported', {
    actor,
    number: record.number,
    detail: { provider: invite.iss, generation: invite.gen },
  });
  await writeActivity(deps, tx, record.number, {
    kind: 'workNote',
    text: `Imported the invitation of ${invite.pn} (${invite.purl}). It expects ${invite.ch} to give the consent. Nothing is shared yet.`,
    author: actor,
  });
  return record;
}

/** The same invitation opens the record as it is; a newer one takes the place of the older, never the other way round. */
async function renew(
  deps: Deps,
  tx: Tx,
  actor: UserActor,
  existing: ProviderConnection | undefined,
  { invite, secret }: Verified,
): Promise<ProviderConnection> {
  const record = existing && (await lockProviderConnection(tx, existing.id));
  if (record === undefined) throw new Error('a provider connection has vanished');
  if (record.invitation_generation > invite.gen) {
    throw new LinkRefused(
      `A newer link of ${record.provider_name} has been imported on ${record.number}; this one is no longer valid. Nothing was changed. Open ${record.number}.`,
    );
  }
  if (record.invitation_generation === invite.gen) return record;
  const to = nextState(providerConnectionMachine, record.state, 'link-renewed');
  // NOTE while connecting, the running attempt was ended by the provider with its link: what is left of it goes first. One
  // that is prepared ends by the provider's signed word only, and a link that is not taken must not look imported.
  if (record.state === 'connecting') {
    if (!(await endAttempt(deps, tx, record, actor, 'link_renewed'))) {
      throw new ProviderConnectionStateProblem(
        `${record.number} is being connected, and ${record.provider_name} has not said yet how that ended. The link was not imported and nothing was changed. Choose Retry on ${record.number}, and import the link again when it is Validated.`,
      );
    }
  } else if (to === undefined) return record;
  const now = deps.clock.now();
  const change = {
    invitation_jti: invite.jti,
    invitation_generation: invite.gen,
    link_expires_at: new Date(invite.exp * 1_000),
    sealed_secret: await deps.inviteSealer.seal(linkContext({ id: record.id, invitation_jti: invite.jti }), secret),
    masked_contact: invite.ch,
    provider_name: invite.pn,
    provider_origin: invite.purl,
  };
  await updateProviderConnection(tx, record.id, change, now);
  await writeActivity(deps, tx, record.number, {
    kind: 'workNote',
    text: `Imported a newer invitation of ${invite.pn}; the one before is no longer valid.`,
    author: actor,
  });
  const from = record.state === 'connecting' ? 'validated' : record.state;
  if (record.company_id === null) return { ...record, ...change };
  await moveProviderConnection(tx, record.id, from, 'awaiting-validation', now);
  await requestValidation(deps, tx, record);
  return { ...record, ...change, state: 'awaiting-validation' as const };
}
