import { type Clock, err, ok, type Result } from '../../kernel/index.ts';
import type { PeerFetch } from '../../platform/peer-fetch/index.ts';
import {
  DISCOVERY_PATH,
  type DiscoveryError,
  type PeerIdentity,
  type Pin,
  verifyDiscovery,
} from '../../protocol/index.ts';

/** What one visit to another instance has shown. */
export type PeerObservation = {
  readonly identity: PeerIdentity;
  /** Its clock minus ours, milliseconds, good to half the round trip. */
  readonly skewMs: number;
  readonly observedAt: Date;
};

export type PeerFailure = {
  readonly code: 'unreachable' | 'not-an-instance' | 'identity';
  /** In our words: what happened, never what the peer wrote. */
  readonly message: string;
};

type Deps = { peerFetch: PeerFetch; clock: Clock };

/** Fetches and verifies the identity document of the instance at `origin`. Network: never inside a transaction. */
export async function observePeer(
  deps: Deps,
  origin: string,
  options: { pin?: Pin; signal?: AbortSignal } = {},
): Promise<Result<PeerObservation, PeerFailure>> {
  const asked = deps.clock.now();
  const answer = await deps.peerFetch.request(new URL(DISCOVERY_PATH, origin), {
    method: 'GET',
    accept: 'application/json',
    ...(options.signal && { signal: options.signal }),
  });
  if (!answer.ok) return err({ code: 'unreachable', message: answer.error.message });
  if (answer.value.status !== 200) {
    return err({
      code: 'not-an-instance',
      message: `${origin} answered with status ${answer.value.status}: no Liaise instance shows its identity there.`,
    });
  }
  const now = deps.clock.now();
  const verified = await verifyDiscovery(answer.value.body, { origin, now, ...(options.pin && { pin: options.pin }) });
  if (!verified.ok) return err(explain(origin, verified.error));
  const halfWay = (asked.getTime() + now.getTime()) / 2;
  return ok({
    identity: verified.value,
    skewMs: Math.round(verified.value.peerNow.getTime() - halfWay),
    observedAt: now,
  });
}

function explain(origin: string, error: DiscoveryError): PeerFailure {
  switch (error.code) {
    case 'too-large':
    case 'malformed':
      return { code: 'not-an-instance', message: `${origin} did not answer as a Liaise instance.` };
    case 'pinned-id-differs':
      return {
        code: 'identity',
        message: `Another instance answers at ${origin} than the one that was seen there before.`,
      };
    case 'bad-manifest':
      return error.reason === 'wrong-origin'
        ? { code: 'identity', message: `The instance at ${origin} says that its own address is another one.` }
        : { code: 'identity', message: `The identity shown at ${origin} does not hold (manifest ${error.reason}).` };
    default:
      return { code: 'identity', message: `The identity shown at ${origin} does not hold (${error.code}).` };
  }
}
