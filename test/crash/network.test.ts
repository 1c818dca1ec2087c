import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { retryProviderConnection } from '../../src/consumer/contract.ts';
import { retryRegistration } from '../../src/provider/contract.ts';
import type { Fault } from '../harness/fault-proxy.ts';
import { SERVER_VARIABLE } from '../harness/postgres-server.ts';
import { expectConnectedOnce } from './aftermath.ts';
import { type CrashPair, closeCrashPair, openCrashPair } from './crash-pair.ts';
import { connect, type Numbers, until, validate } from './onboard.ts';
import { type LinkSecrets, linkSecrets, restoreLink, takeApart } from './take-apart.ts';

const postgres = process.env[SERVER_VARIABLE] !== undefined;

/** What the instances say to each other once the code is redeemed, all of it repeated until it is answered. */
const REPEATED = /\/(confirm|prepared|commit|batches\/\d)$/;
const METHODS = ['POST', 'PUT'];

describe.runIf(postgres)('REG-76 REG-87 a bad network between two instances', () => {
  let pair: CrashPair;
  let numbers: Numbers;
  let secrets: LinkSecrets;
  beforeAll(async () => {
    pair = await openCrashPair({ engine: 'postgres' });
    numbers = await validate(pair);
    secrets = await linkSecrets(pair);
  });
  afterAll(() => closeCrashPair(pair));
  beforeEach(async () => {
    await takeApart(pair);
    await restoreLink(pair, secrets);
  });

  /** Every request that fits, both ways. */
  function everywhere(path: RegExp, fault: Fault): () => void {
    const faults = [pair.provider, pair.consumer].flatMap(({ proxy }) =>
      METHODS.map((method) => proxy.set({ method, path, nth: 'all', fault })),
    );
    return () => {
      for (const remove of faults) remove();
    };
  }

  /** The same fault for the first two of each kind of request; later ones pass. */
  function twiceEach(fault: Fault): { remove(): void; met(): number } {
    let met = 0;
    const counted: Fault = (send, path) => {
      met += 1;
      return fault(send, path);
    };
    const kinds = ['confirm', 'prepared', 'commit', 'batches/1', 'batches/2'];
    const faults = [pair.provider, pair.consumer].flatMap(({ proxy }) =>
      kinds.flatMap((kind) =>
        METHODS.flatMap((method) =>
          [1, 2].map((nth) => proxy.set({ method, path: new RegExp(`/${kind}$`), nth, fault: counted })),
        ),
      ),
    );
    return {
      met: () => met,
      remove: () => {
        for (const remove of faults) remove();
      },
    };
  }

  const kinds: Record<string, Fault> = {
    'requests are lost': async () => 'lost',
  };
  for (const [kind, fault] of Object.entries(kinds)) {
    test(`${kind}, twice for each step: repeated until both are connected, once`, async () => {
      const faults = twiceEach(fault);
      expect(await connect(pair, numbers)).toBe(1);
      faults.remove();
      // Confirm, prepared, commit, and two messages each way.
      expect(faults.met()).toBeGreaterThanOrEqual(14);
      await expectConnectedOnce(pair, numbers);
    });
  }

  test('answers that come later than anybody waits: the late one changes nothing, connected once', async () => {
    const late: Promise<unknown>[] = [];
    const faults = [pair.provider, pair.consumer].flatMap(({ proxy }) =>
      METHODS.map((method) =>
        proxy.set({
          method,
          path: REPEATED,
          nth: 3,
          fault: async (send) => {
            const { promise, resolve } = Promise.withResolvers<void>();
            // Longer than the ten seconds that a call may take.
            setTimeout(resolve, 11_000);
            late.push(promise.then(send).catch(() => undefined));
            await promise;
            return send();
          },
        }),
      ),
    );
    expect(await connect(pair, numbers)).toBe(1);
    for (const remove of faults) remove();
    await Promise.all(late);
    expect(late.length).toBeGreaterThan(0);
    await expectConnectedOnce(pair, numbers);
  });

  test('E.4-34 the commit is lost for a long time: both end connected, with one note each', async () => {
    let lost = 0;
    const remove = everywhere(/\/(prepared|commit)$/, async (send) => {
      await send();
      lost += 1;
      return 'lost';
    });
    const connected = connect(pair, numbers);
    const { registration, record } = numbers;
    // People press Retry, so that the waits between the repetitions do not add up to hours.
    await until(pair, 'the commit to be lost forty times', async () => {
      await pair.ada.api.call(retryRegistration, { params: { number: registration } });
      await pair.carol.api.call(retryProviderConnection, { params: { number: record } });
      return lost >= 40 ? true : undefined;
    });
    remove();
    expect(await connected).toBe(1);
    await expectConnectedOnce(pair, numbers);
  });
});
