import { describe, expect, test } from 'vitest';
import { SERVER_VARIABLE } from '../harness/postgres-server.ts';
import { testRandom } from '../harness/sx-party.ts';
import { expectConnectedOnce, expectNothingStale } from './aftermath.ts';
import { connectPoints, type FaultPoint, thorough, usualPoints, validationPoints } from './fault-points.ts';
import { inject } from './inject.ts';
import { connect, validate } from './onboard.ts';
import { idlePairs, withPair, withValidatedPair } from './pair-pool.ts';

const postgres = process.env[SERVER_VARIABLE] !== undefined;

describe.runIf(postgres).concurrent('REG-77 REG-80 REG-87 kill -9 between Connect and Closed Complete', () => {
  for (const point of usualPoints(connectPoints)) {
    test(point.name, () =>
      withValidatedPair(async (pair, numbers) => {
        const fault = inject(pair, point);
        // The consumer asks for the status only while the person takes her time.
        const hesitate = async () => void (point.path.source.includes('status') && (await fault.done));
        const presses = await connect(pair, numbers, hesitate);
        fault.remove();
        expect(fault.happened()).toBe(true);
        await expectConnectedOnce(pair, numbers);
        expect(presses).toBe(point.presses);
      }),
    );
  }
});

/** Pairs of points that a seed has picked, the same in every run. */
function* sampledPairs(seed: string, count: number): Generator<[FaultPoint, FaultPoint]> {
  const random = testRandom(seed);
  // A status is only asked for while the person hesitates.
  const points = connectPoints.filter(({ path }) => !path.source.includes('status'));
  const pick = () => points[random.bytes(4).readUInt32BE() % points.length] as FaultPoint;
  for (let made = 0; made < count; ) {
    const [first, second] = [pick(), pick()];
    if (first.to === second.to && first.path === second.path) continue;
    made += 1;
    yield [first, second];
  }
}

describe.runIf(postgres).concurrent('REG-77 REG-80 REG-87 kill -9 twice in one onboarding', () => {
  for (const [first, second] of sampledPairs('two faults', thorough ? 32 : 4)) {
    test(`${first.name}, and ${second.name}`, () =>
      withValidatedPair(async (pair, numbers) => {
        const faults = [inject(pair, first), inject(pair, second)];
        const presses = await connect(pair, numbers);
        for (const fault of faults) fault.remove();
        expect(faults.some((fault) => fault.happened())).toBe(true);
        expect(presses).toBeLessThanOrEqual(first.presses + second.presses - 1);
        await expectConnectedOnce(pair, numbers);
      }));
  }
});

describe.runIf(postgres).concurrent('REG-31 REG-55 REG-87 kill -9 between Save and Validated', () => {
  for (const point of usualPoints(validationPoints)) {
    test(point.name, () =>
      withPair(async (pair) => {
        const fault = inject(pair, point);
        const numbers = await validate(pair);
        fault.remove();
        expect(fault.happened()).toBe(true);
        expect(await connect(pair, numbers)).toBe(point.presses);
        await expectConnectedOnce(pair, numbers);
      }),
    );
  }
});

test.runIf(postgres)('CHK-05 CHK-06 CHK-07 after all that nothing stale is found, were it ever so old', async () => {
  expect(idlePairs().length).toBeGreaterThan(0);
  for (const pair of idlePairs()) await expectNothingStale(pair);
});
