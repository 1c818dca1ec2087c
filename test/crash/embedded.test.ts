import { afterAll, describe, expect, test } from 'vitest';
import { expectConnectedOnce } from './aftermath.ts';
import { type CrashPair, closeCrashPair, openCrashPair } from './crash-pair.ts';
import { connectPoints, type FaultPoint, type SideName, validationPoints } from './fault-points.ts';
import { inject } from './inject.ts';
import { connect, validate } from './onboard.ts';

const opened: CrashPair[] = [];
afterAll(() => Promise.all(opened.splice(0).map(closeCrashPair)));

/** Where each side dies, again and again in one onboarding: in its scan, between its transactions, with a job in its hands. */
const deaths: Record<SideName, readonly string[]> = {
  provider: [
    'after discovery of the consumer',
    'after Allow, which was answered',
    'after confirm',
    'before the provider’s test',
    'after the commit',
  ],
  consumer: [
    'after discovery of the provider',
    'after the callback',
    'after confirm',
    'after the provider’s settings',
    'after prepared',
  ],
};

function pointsOf(side: SideName): FaultPoint[] {
  return deaths[side].map((death) => {
    const point = [...validationPoints, ...connectPoints].find(({ name }) => name === `the ${side} dies ${death}`);
    if (point === undefined) throw new Error(`there is no such point: ${death}`);
    return point;
  });
}

describe.concurrent('REG-77 REG-80 REG-87 kill -9 over the embedded database', () => {
  for (const side of ['provider', 'consumer'] as const) {
    test(`the ${side} dies at one step after the other, and both end connected`, async () => {
      const pair = await openCrashPair({ engine: 'pglite' });
      opened.push(pair);
      const faults = pointsOf(side).map((point) => inject(pair, point));
      const numbers = await validate(pair);
      expect(await connect(pair, numbers)).toBe(1);
      expect(faults.map((fault) => fault.happened())).toEqual(faults.map(() => true));
      await expectConnectedOnce(pair, numbers);
    });
  }
});
