import { DAY_MS, later, MINUTE_MS, SECOND_MS } from '../kernel/index.ts';

// protocol.md B.4. Own findings are repaired by whoever is looking at them, so soon; a peer is asked often while somebody
// there may be starting it, then seldom enough to be no nuisance, and at last no more.
const OWN_MS = 20 * SECOND_MS;
const PEER_SOON_MS = 30 * SECOND_MS;
const PEER_SOON_FOR_MS = 10 * MINUTE_MS;
const PEER_LATER_MS = 5 * MINUTE_MS;
const PEER_FOR_MS = 14 * DAY_MS;

export type FailingWatch = {
  readonly now: Date;
  readonly failingSince: Date;
  /** A finding about this instance, or an error of the engine, is open. */
  readonly own: boolean;
  /** A finding about the other instance is open; `unknown` when its checks were left out of this run. */
  readonly peer: boolean | 'unknown';
  readonly peerDueAt: Date | null;
};

/** When a failing subject is run again, and from when on its peer may be asked. Null: only when woken. */
export function nextRuns(watch: FailingWatch): { readonly dueAt: Date | null; readonly peerDueAt: Date | null } {
  const peerDueAt = watch.peer === 'unknown' ? watch.peerDueAt : watch.peer ? nextPeerRun(watch) : null;
  const ownDueAt = watch.own ? later(watch.now, OWN_MS) : null;
  const due = [ownDueAt, peerDueAt].filter((instant) => instant !== null).toSorted((a, b) => a.getTime() - b.getTime());
  return { dueAt: due[0] ?? null, peerDueAt };
}

function nextPeerRun({ now, failingSince }: FailingWatch): Date | null {
  const failingMs = now.getTime() - failingSince.getTime();
  if (failingMs >= PEER_FOR_MS) return null;
  return later(now, failingMs < PEER_SOON_FOR_MS ? PEER_SOON_MS : PEER_LATER_MS);
}
