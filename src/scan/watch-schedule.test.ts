import { expect, test } from 'vitest';
import { DAY_MS, later, MINUTE_MS, SECOND_MS } from '../kernel/index.ts';
import { type FailingWatch, nextRuns } from './watch-schedule.ts';

const start = new Date('2026-01-05T09:00:00Z');

function secondsTo(failingForMs: number, watch: Pick<FailingWatch, 'own' | 'peer'>, peerDueInMs?: number) {
  const now = later(start, failingForMs);
  const peerDueAt = peerDueInMs === undefined ? null : later(now, peerDueInMs);
  const next = nextRuns({ now, failingSince: start, peerDueAt, ...watch });
  const seconds = (instant: Date | null) => (instant === null ? null : (instant.getTime() - now.getTime()) / SECOND_MS);
  return [seconds(next.dueAt), seconds(next.peerDueAt)];
}

test.each([
  ['an own fault every 20 s', 0, { own: true, peer: false }, [20, null]],
  ['an own fault every 20 s, however long', 30 * DAY_MS, { own: true, peer: false }, [20, null]],
  ['a peer every 30 s at first', 0, { own: false, peer: true }, [30, 30]],
  ['a peer every 30 s for ten minutes', 10 * MINUTE_MS - 1, { own: false, peer: true }, [30, 30]],
  ['a peer every 5 min from then on', 10 * MINUTE_MS, { own: false, peer: true }, [300, 300]],
  ['a peer no more after 14 days', 14 * DAY_MS, { own: false, peer: true }, [null, null]],
  ['both: an own fault does not make the peer be asked more often', DAY_MS, { own: true, peer: true }, [20, 300]],
] as const)('%s', (_name, failingForMs, watch, expected) => {
  expect(secondsTo(failingForMs, watch)).toEqual(expected);
});

test('a run that left the peer out does not put its turn off', () => {
  expect(secondsTo(DAY_MS, { own: true, peer: 'unknown' }, 100 * SECOND_MS)).toEqual([20, 100]);
});
