import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { retryProviderConnection } from '../../src/consumer/contract.ts';
import { retryRegistration } from '../../src/provider/contract.ts';
import type { Answer, Fault } from '../harness/fault-proxy.ts';
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

  /** What the instances answered 200 with, by step, each as often as it was given: to see whether it was the same. */
  function answersByStep() {
    const given = new Map<string, Set<string>>();
    return {
      given,
      note: (path: string, { status, body }: Answer) => {
        const step = REPEATED.exec(path)?.[1] ?? path.split('/').at(-1) ?? '';
        if (status === 200) given.set(step, (given.get(step) ?? new Set()).add(body.toString()));
      },
    };
  }

  const cuts: Record<string, (answer: Answer) => Awaited<ReturnType<Fault>>> = {
    'answers are lost': () => 'lost',
    'answers are torn in the middle': (answer) => ({ torn: answer }),
  };
  for (const [kind, cut] of Object.entries(cuts)) {
    test(`${kind}, once for each step that was done: asked again, answered from memory, connected once`, async () => {
      const { given, note } = answersByStep();
      const cutAway = new Set<string>();
      // Only what was done: an answer that asks for a fresh nonce is none.
      const remove = everywhere(REPEATED, async (send, path) => {
        const answer = await send();
        note(path, answer);
        if (answer.status !== 200 || cutAway.has(path)) return answer;
        cutAway.add(path);
        return cut(answer);
      });
      expect(await connect(pair, numbers)).toBe(1);
      remove();
      for (const step of ['confirm', 'batches/1', 'batches/2'])
        expect([...cutAway].some((path) => path.endsWith(`/${step}`))).toBe(true);
      expect(given.get('confirm')?.size).toBe(1);
      // One receipt from each side.
      expect([given.get('batches/1')?.size, given.get('batches/2')?.size]).toEqual([2, 2]);
      await expectConnectedOnce(pair, numbers);
    });
  }

  test('every request is delivered twice: the second one gets the same answer or is refused, connected once', async () => {
    const { given, note } = answersByStep();
    let twice = 0;
    const remove = everywhere(/^\/(sx|oauth)\//, async (send, path) => {
      const answer = await send();
      note(path, answer);
      note(path, await send());
      twice += 1;
      return answer;
    });
    expect(await connect(pair, numbers)).toBe(1);
    remove();
    expect(twice).toBeGreaterThanOrEqual(8);
    for (const step of ['hello', 'confirm', 'prepared']) expect([step, given.get(step)?.size]).toEqual([step, 1]);
    expect([given.get('batches/1')?.size, given.get('batches/2')?.size]).toEqual([2, 2]);
    await expectConnectedOnce(pair, numbers);
  });

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
