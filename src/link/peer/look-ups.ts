import { type Clock, later, SECOND_MS } from '../../kernel/index.ts';
import type { InstanceId } from '../../protocol/index.ts';

/**
 * A visit that brought nothing new is not repeated for so long: anybody can make up key ids in a peer's name, and would else
 * have us call that peer for each. NOTE short, since a key that the peer publishes meanwhile is not seen until then.
 */
const PAUSE_MS = 5 * SECOND_MS;

/** `news`: the peer has shown a newer manifest. `nothing`: the one we have, none at all, or no answer. */
export type Visit = 'news' | 'nothing';

/** What became of a wish to visit; `joined` somebody else's visit, which may have begun too early; `paused`: none was made. */
export type LookUp = Visit | 'joined' | 'paused';

/** One visit at a time to a peer, and none for a while after one that brought nothing. In memory of this node. */
export function lookUps() {
  const running = new Map<InstanceId, Promise<Visit>>();
  const fruitless = new Map<InstanceId, Date>();

  const isPaused = (clock: Clock, id: InstanceId): boolean => {
    const last = fruitless.get(id);
    const now = clock.now();
    // NOTE a clock that was put back ends the pause: it must not last until the clock has caught up.
    return last !== undefined && last <= now && now < later(last, PAUSE_MS);
  };

  return async (clock: Clock, id: InstanceId, visit: () => Promise<Visit>): Promise<LookUp> => {
    const other = running.get(id);
    if (other !== undefined) {
      await other.catch(() => undefined);
      return 'joined';
    }
    if (isPaused(clock, id)) return 'paused';
    const own = visit();
    running.set(id, own);
    try {
      const found = await own;
      if (found === 'nothing') fruitless.set(id, clock.now());
      else fruitless.delete(id);
      return found;
    } finally {
      running.delete(id);
    }
  };
}
