import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Administrator } from '../../src/demo/registration-story.ts';
import { MINUTE_MS } from '../../src/kernel/index.ts';
import { listRuns } from '../../src/scan/contract.ts';
import { listErrors } from '../../src/scan/errors/contract.ts';
import { whileCut } from '../harness/cut-requests.ts';
import {
  cancelAll,
  connect,
  type Federation,
  openFederation,
  providerConnectionOf,
  registrationOf,
  shiftedClock,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { bringTo, drain, type OnTheWay } from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;
beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
}, 60_000);
afterAll(closeTestInstances);

const errorsOf = async ({ api }: Administrator) =>
  (await api.call(listErrors, { query: {} })).items.map(({ code, source }) => `${code}: ${source.label}`);

test('REG-85 ERR-04 an attempt that the contact declines is in the Error Log of both sides', async () => {
  const { carol, ada, consumer, contoso } = federation;
  const { number, record } = await bringTo(federation, 'validated');
  const { username, password } = contoso.contact;
  const asked = await carol.browser.submit(await connect(federation, record), { username, password }, '/sign-in');
  await carol.browser.submit(asked, {}, '/deny');
  await drain(consumer);
  expect(await errorsOf(ada)).toEqual([`registration-declined: ${number}`]);
  expect(await errorsOf(carol)).toEqual([`connect-declined: ${record}`]);
  await cancelAll(federation);
});

test('ERR-04 messages that do not arrive are recorded from the fourth try on, and nothing of a connection that works', async () => {
  const way: OnTheWay = await bringTo(federation, 'keyed');
  const { provider, consumer, ada, carol } = federation;
  const lane = { method: 'PUT', path: /\/lanes\/0\/batches\/\d+$/, lost: 'request' } as const;
  const tries = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      clock.move(MINUTE_MS);
      await drain(provider);
    }
  };
  await whileCut(consumer, lane, async () => {
    await tries(3);
    expect(await errorsOf(ada)).toHaveLength(1);
    await tries(2);
  });
  expect((await errorsOf(ada))[0]).toBe(`transport-outbound-unreachable: Connection to ${consumer.origin}`);

  for (let round = 0; (await registrationOf(federation, way.number)).state !== 'closed-complete'; round += 1) {
    if (round === 8) throw new Error('the two instances do not come to an end');
    clock.move(MINUTE_MS);
    await drain(consumer);
    await drain(provider);
  }
  expect(await providerConnectionOf(federation, way.record)).toMatchObject({ state: 'onboarded' });
  expect(await errorsOf(ada)).toHaveLength(2);
  expect(await errorsOf(carol)).toHaveLength(1);
});

test('REG-82 SUI-02 as soon as they are connected both sides have looked the connection over', async () => {
  const { provider, consumer, ada, carol } = federation;
  await drain(provider);
  await drain(consumer);
  for (const [{ api }, side] of [
    [ada, 'provider'],
    [carol, 'consumer'],
  ] as const) {
    const { items } = await api.call(listRuns, { query: { suite: 'post-onboarding' } });
    expect(items).toMatchObject([{ side, status: 'complete', outcome: 'passed', findings: 0 }]);
  }
});
