import type { Contact } from '../../directory/index.ts';
import { DAY_MS, later } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import {
  claimsFor,
  type InstanceId,
  LINK_SECRET_BYTES,
  PROTOCOL_VERSION,
  secretHash,
  signStatement,
} from '../../protocol/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { LINK_DAYS, maskContact } from './invitation.ts';
import { type Invitation, insertInvitation } from './invitation-repo.ts';
import type { Registration } from './registration-repo.ts';
import { updateRegistration } from './registration-repo.ts';

type Deps = Pick<ProviderDeps, 'clock' | 'random' | 'signer' | 'inviteSealer' | 'ownId' | 'origin'>;

/** Bound into the seal of a link's secret: it opens for this registration and generation only. */
export const secretContext = (invitation: Pick<Invitation, 'registration_id' | 'generation'>) => ({
  registration: invitation.registration_id,
  generation: String(invitation.generation),
  field: 'link-secret',
});

/**
 * Makes the next generation of a registration's link, in the transaction that opens it: signed statement and sealed secret,
 * never the link. Source: docs/protocol/link.md, REG-43, REG-67.
 */
export async function makeInvitation(
  deps: Deps,
  tx: Tx,
  registration: Registration,
  parties: { consumer: InstanceId; providerName: string; contact: Contact },
): Promise<number> {
  if (deps.origin === null) throw new Error('no link without a public address');
  const generation = registration.link_generation + 1;
  const now = deps.clock.now();
  const secret = deps.random.bytes(LINK_SECRET_BYTES);
  const claims = claimsFor('invite', {
    issuer: deps.ownId(),
    audience: parties.consumer,
    now,
    random: deps.random,
    lifeSeconds: (LINK_DAYS * DAY_MS) / 1_000,
  });
  const statement = await signStatement(deps.signer, 'invite', {
    ...claims,
    purl: deps.origin,
    curl: registration.url,
    reg: registration.id,
    gen: generation,
    sh: secretHash(secret),
    pn: parties.providerName,
    ch: maskContact(parties.contact),
    vers: [PROTOCOL_VERSION],
  });
  const named = { registration_id: registration.id, generation };
  await insertInvitation(tx, {
    ...named,
    jti: claims.jti,
    statement,
    sealed_secret: await deps.inviteSealer.seal(secretContext(named), secret),
    state: 'live',
    created_at: now,
    expires_at: later(now, LINK_DAYS * DAY_MS),
  });
  secret.fill(0);
  await updateRegistration(tx, registration.id, { link_generation: generation }, now);
  return generation;
}
