import { afterAll, beforeAll, expect, test } from 'vitest';
import { linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/kernel/index.ts';
import { changeRegistration } from '../../src/provider/contract.ts';
import { whileCut } from '../harness/cut-requests.ts';
import {
  type Federation,
  importCode,
  newPerson,
  openFederation,
  providerConnectionOf,
  refusal,
  shiftedClock,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { bringTo, drain } from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;
beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
});
afterAll(closeTestInstances);

test('REG-29 CON-02 a newer link is refused, not swallowed, while the provider has not said how a prepared attempt ended', async () => {
  const { provider, consumer, ada, contoso } = federation;
  const { number, record } = await bringTo(federation, 'keyed');
  const stepOf = async () => (await providerConnectionOf(federation, record)).attempt?.step;
  await whileCut(provider, { method: 'POST', path: /\/prepared$/, lost: 'request' }, async () => {
    for (let round = 0; round < 5 && (await stepOf()) !== 'prepared'; round += 1) {
      await drain(provider);
      await drain(consumer);
      clock.move(5 * SECOND_MS);
    }
    await drain(consumer);
  });
  expect(await stepOf()).toBe('prepared');
  const dora = await newPerson(provider, ada, { username: 'dora', companyId: contoso.companyId });
  const input = { contactId: dora.id, grantConsumerRole: true };
  await ada.api.call(changeRegistration, { params: { number }, input });
  await drain(provider);
  const link = await linkFromWorkNote(ada, number);

  expect(await refusal(importCode(federation, link))).toMatchObject({
    status: 409,
    type: 'consumer/provider-connection-state',
  });
  expect(await stepOf()).toBe('prepared');

  clock.move(5 * MINUTE_MS);
  await drain(consumer);
  expect(await importCode(federation, link)).toMatchObject({ number: record, state: 'awaiting-validation' });
});
