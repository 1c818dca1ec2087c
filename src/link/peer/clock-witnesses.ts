import { type Clock, DAY_MS, later } from '../../kernel/index.ts';
import type { ClockWitness } from '../../keys/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { databaseNow, skewsSince } from './skew-repo.ts';

/**
 * The clocks that ours can be compared with: the database's, and those of the peers that were seen within a day, of which
 * the middle one speaks, so that one peer whose own clock is wrong does not accuse ours while there are others.
 */
export async function clockWitnesses({ db, clock }: { db: Db; clock: Clock }): Promise<ClockWitness[]> {
  const asked = clock.now().getTime();
  const theirs = await databaseNow(db);
  const answered = clock.now();
  const database = theirs.getTime() - (asked + answered.getTime()) / 2;
  const skews = (await skewsSince(db, later(answered, -DAY_MS))).sort((one, other) => one - other);
  const middle = skews[Math.floor(skews.length / 2)];
  return [
    { who: 'the database', aheadMs: database },
    ...(middle === undefined ? [] : [{ who: peersOf(skews.length), aheadMs: middle }]),
  ];
}

const peersOf = (count: number): string => (count === 1 ? 'the one peer seen today' : `${count} peers seen today`);
