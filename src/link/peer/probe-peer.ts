import { type Clock, err, ok, type Random, type Result, randomToken } from '../../kernel/index.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import {
  claimsFor,
  type InstanceId,
  manifestKeys,
  openStatement,
  type PeerIdentity,
  type Signer,
  signStatement,
} from '../../protocol/index.ts';
import type { PeerFailure } from './observe-peer.ts';

type Deps = { peerFetch: PeerFetch; clock: Clock; random: Random; signer: Signer; ownId: () => InstanceId };

/** Has the peer sign a nonce: proof that whoever answers there holds the private key now, not just a copied document. */
export async function probePeer(
  deps: Deps,
  origin: string,
  peer: PeerIdentity,
  signal?: AbortSignal,
): Promise<Result<void, PeerFailure>> {
  const nonce = randomToken(deps.random, 32);
  const now = deps.clock.now();
  const claims = claimsFor('probe', { issuer: deps.ownId(), audience: peer.id, now, random: deps.random });
  const answer = await deps.peerFetch.request(new URL('/sx/v1/probe', origin), {
    method: 'POST',
    headers: { 'content-type': 'application/jose' },
    accept: 'application/jose',
    body: await signStatement(deps.signer, 'probe', { ...claims, nonce }),
    ...(signal && { signal }),
  });
  if (!answer.ok) return err({ code: 'unreachable', message: answer.error.message });
  if (answer.value.status !== 200) {
    return err({ code: 'identity', message: `${origin} did not answer the probe (status ${answer.value.status}).` });
  }
  const opened = await openStatement('probeAck', answer.value.body.toString('latin1'), {
    keys: manifestKeys(peer.manifest, 'sign'),
    issuer: peer.id,
    audience: deps.ownId(),
    now: deps.clock.now(),
  });
  if (!opened.ok || opened.value.nonce !== nonce) {
    return err({ code: 'identity', message: `${origin} could not prove that it holds the keys of its identity.` });
  }
  return ok(undefined);
}
