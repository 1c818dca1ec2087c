import { afterAll, describe, expect, test } from 'vitest';
import { SERVER_VARIABLE } from '../harness/postgres-server.ts';
import { expectConnectedOnce } from './aftermath.ts';
import { type CrashPair, closeCrashPair, openCrashPair } from './crash-pair.ts';
import type { SideName } from './fault-points.ts';
import { connect, validate } from './onboard.ts';

const postgres = process.env[SERVER_VARIABLE] !== undefined;

const opened: CrashPair[] = [];
async function open(nodes: { providerNodes?: number; consumerNodes?: number }): Promise<CrashPair> {
  const pair = await openCrashPair({ engine: 'postgres', ...nodes });
  opened.push(pair);
  return pair;
}
afterAll(() => Promise.all(opened.splice(0).map(closeCrashPair)));

describe.runIf(postgres)('REG-87 two nodes over one database', () => {
  test('a registration is finished whose steps land on different nodes, on either side', async () => {
    const pair = await open({ providerNodes: 2, consumerNodes: 2 });
    const numbers = await validate(pair);
    expect(await connect(pair, numbers)).toBe(1);
    await expectConnectedOnce(pair, numbers);
    const steps: [SideName, RegExp][] = [
      ['provider', /\/(hello|request|authorize|allow|token|confirm|batches\/\d|prepared)/],
      ['consumer', /\/(cb|token|batches\/\d|commit)/],
    ];
    for (const [side, path] of steps) {
      const served = pair[side].proxy.passed.filter((request) => path.test(request.path) && request.result !== 'lost');
      expect(new Set(served.map(({ node }) => node)).size).toBe(2);
    }
  });

  /** The step at which the only node of a side has a job in its hands, and waits for the other side. */
  const atWork: [SideName, SideName, 'POST' | 'PUT', RegExp][] = [
    ['provider', 'consumer', 'PUT', /\/batches\/1$/],
    ['consumer', 'provider', 'POST', /\/confirm$/],
  ];
  for (const [side, other, method, path] of atWork) {
    test(`a node of the ${side} dies for good in the middle of its work; one that has joined finishes it`, async () => {
      const pair = await open({});
      const numbers = await validate(pair);
      let died = false;
      const remove = pair[other].proxy.set({
        method,
        path,
        nth: 1,
        fault: async () => {
          await pair[side].join();
          await pair[side].lose(0);
          died = true;
          return 'lost';
        },
      });
      expect(await connect(pair, numbers)).toBe(1);
      remove();
      expect(died).toBe(true);
      await expectConnectedOnce(pair, numbers);
    });
  }
});
