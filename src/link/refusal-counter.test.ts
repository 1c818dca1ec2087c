import { expect, test } from 'vitest';
import { refusalCounter } from './refusal-counter.ts';

function counter() {
  let now = new Date('2026-01-05T09:00:00Z');
  const refusals = refusalCounter({ now: () => now });
  return {
    ...refusals,
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1_000);
    },
    refuse(address: string, times: number) {
      for (let time = 0; time < times; time += 1) refusals.count(address, 'sx_refused');
    },
  };
}

test('after thirty refusals an address waits until the minute is over, and no other address with it', () => {
  const refusals = counter();
  refusals.refuse('198.51.100.1', 29);
  expect(refusals.tooMany('198.51.100.1')).toBe(false);
  refusals.refuse('198.51.100.1', 1);
  expect(refusals.tooMany('198.51.100.1')).toBe(true);
  expect(refusals.tooMany('198.51.100.2')).toBe(false);
  refusals.pass(60);
  expect(refusals.tooMany('198.51.100.1')).toBe(false);
});

test('a missing nonce and an early statement count for nothing', () => {
  const refusals = counter();
  for (let time = 0; time < 100; time += 1)
    for (const code of ['sx_unauthorised', 'sx_pending', 'sx_gap', 'sx_superseded', 'sx_unavailable'] as const)
      refusals.count('198.51.100.1', code);
  expect(refusals.tooMany('198.51.100.1')).toBe(false);
});

test('a flood from ever new addresses does not fill the memory: the oldest is forgotten', () => {
  const refusals = counter();
  refusals.refuse('198.51.100.1', 30);
  for (let other = 0; other < 19_999; other += 1) refusals.count(`other ${other}`, 'sx_refused');
  expect(refusals.tooMany('198.51.100.1')).toBe(true);
  refusals.count('one more', 'sx_refused');
  expect(refusals.tooMany('198.51.100.1')).toBe(false);
});
