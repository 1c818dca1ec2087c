import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readUser } from '../../src/directory/contract.ts';
import { nextState, SECOND_MS } from '../../src/kernel/index.ts';
import {
  cancelRegistration,
  changeRegistration,
  regenerateLink,
  registrationMachine,
} from '../../src/provider/contract.ts';
import {
  cancelAll,
  type Federation,
  newPerson,
  openFederation,
  providerConnectionOf,
  refusal,
  registrationOf,
  type Somebody,
  shiftedClock,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { bringTo, drain, NOTHING_PROVISIONAL, provisionalAt, type Stage } from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;
let dave: Somebody;

beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
  const { provider, ada, contoso } = federation;
  dave = await newPerson(provider, ada, { username: 'dave.contoso', companyId: contoso.companyId });
});
afterAll(closeTestInstances);
afterEach(async () => {
  await cancelAll(federation);
  await settleConsumer();
});

/** Lets the consumer hear from the provider that an attempt is over. */
async function settleConsumer(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clock.move(10 * SECOND_MS);
    await drain(federation.consumer);
  }
}

const events = {
  cancel: (number: string) => federation.ada.api.call(cancelRegistration, { params: { number } }),
  'regenerate-link': (number: string) => federation.ada.api.call(regenerateLink, { params: { number } }),
  'contact-replaced': (number: string) =>
    federation.ada.api.call(changeRegistration, {
      params: { number },
      input: { contactId: dave.id, grantConsumerRole: true },
    }),
};
type Event = keyof typeof events;
type Outcome = 'awaiting-validation' | 'open' | 'cancelled' | 'closed-incomplete' | 'refused';

/** docs/protocol/states.md, by hand: what an administrator may do in which step, and where it leads. */
const table: Record<Exclude<Stage, 'validated'>, Record<Event, Outcome>> = {
  'awaiting-validation': {
    cancel: 'cancelled',
    'regenerate-link': 'refused',
    'contact-replaced': 'awaiting-validation',
  },
  'validation-failed': {
    cancel: 'cancelled',
    'regenerate-link': 'refused',
    'contact-replaced': 'awaiting-validation',
  },
  open: { cancel: 'cancelled', 'regenerate-link': 'open', 'contact-replaced': 'awaiting-validation' },
  claimed: { cancel: 'cancelled', 'regenerate-link': 'open', 'contact-replaced': 'awaiting-validation' },
  authorised: {
    cancel: 'closed-incomplete',
    'regenerate-link': 'refused',
    'contact-replaced': 'awaiting-validation',
  },
  keyed: { cancel: 'closed-incomplete', 'regenerate-link': 'refused', 'contact-replaced': 'awaiting-validation' },
  committed: { cancel: 'refused', 'regenerate-link': 'refused', 'contact-replaced': 'refused' },
  'closed-complete': { cancel: 'refused', 'regenerate-link': 'refused', 'contact-replaced': 'refused' },
};
const beforeCommit = ['awaiting-validation', 'validation-failed', 'open', 'claimed', 'authorised', 'keyed'] as const;
const cases = (stages: readonly (keyof typeof table)[]) =>
  stages.flatMap((stage) =>
    (Object.keys(events) as Event[]).map((event) => [stage, event, table[stage][event]] as const),
  );

const stateOf = async (number: string) => {
  const { state, attempt, link } = await registrationOf(federation, number);
  return { state, step: attempt?.step, reason: attempt?.reason, link };
};

test('ST-01 the table above and the one the program runs agree', () => {
  const stateAt: Record<keyof typeof table, keyof typeof registrationMachine> = {
    'awaiting-validation': 'awaiting-validation',
    'validation-failed': 'validation-failed',
    open: 'open',
    claimed: 'open',
    authorised: 'work-in-progress',
    keyed: 'work-in-progress',
    committed: 'work-in-progress',
    'closed-complete': 'closed-complete',
  };
  for (const [stage, event, outcome] of cases([...beforeCommit, 'closed-complete']))
    expect([stage, event, nextState(registrationMachine, stateAt[stage], event) ?? 'refused']).toEqual([
      stage,
      event,
      outcome,
    ]);
});

describe.each(cases(beforeCommit))('ST-01 %s', (stage, event, outcome) => {
  test(`REG-80 ${event}: ${outcome}, and nothing provisional is left on either side`, async () => {
    const { provider, consumer, ada, contoso } = federation;
    const { number, record } = await bringTo(federation, stage);
    const before = await registrationOf(federation, number);
    expect(before.attempt?.step ?? before.state).toBe(stage);
    if (stage === 'keyed') expect((await provisionalAt(provider)).connections).toBe(1);

    if (outcome === 'refused') {
      expect(await refusal(events[event](number))).toMatchObject({ status: 409, type: 'provider/registration-state' });
      expect(await registrationOf(federation, number)).toEqual(before);
      return;
    }
    const after = await events[event](number);
    expect(after.state).toBe(outcome);
    if (before.attempt !== null) {
      expect(after.attempt).toMatchObject({ step: 'aborted' });
      expect(after.attempt?.reason).not.toBeNull();
    }
    expect(after.link.state).toBe(event === 'regenerate-link' ? 'live' : 'none');
    expect(await provisionalAt(provider)).toEqual(NOTHING_PROVISIONAL);
    const { rows } = await sql<{ live: number }>`select count(*)::int as live from provider.invitation
      where sealed_secret is not null`.execute(provider.instance.open.db);
    expect(rows[0]?.live).toBe(event === 'regenerate-link' ? 1 : 0);
    const { roles } = await ada.api.call(readUser, { params: { id: contoso.contact.id } });
    expect(roles).toEqual(event === 'regenerate-link' ? ['sn_sb_pro.consumer'] : []);

    if (record === '') return;
    await settleConsumer();
    const there = await providerConnectionOf(federation, record);
    expect(there).toMatchObject({ state: 'validated', attempt: { step: 'aborted' } });
    const reasons = {
      cancel: 'cancelled the registration',
      'regenerate-link': 'new registration link',
      'contact-replaced': 'replaced the contact',
    };
    expect(there.attempt?.reason).toContain(reasons[event]);
    expect(await provisionalAt(consumer)).toEqual(NOTHING_PROVISIONAL);
  });
});

describe('once it is over', () => {
  test.each([
    ['open', 'cancelled'],
    ['keyed', 'closed-incomplete'],
  ] as const)('ST-01 cancelled from %s it is %s for good', async (stage, state) => {
    const { number } = await bringTo(federation, stage);
    await events.cancel(number);
    const before = await registrationOf(federation, number);
    expect(before.state).toBe(state);
    for (const event of Object.values(events))
      expect(await refusal(event(number))).toMatchObject({ status: 409, type: 'provider/registration-state' });
    await drain(federation.provider);
    expect(await registrationOf(federation, number)).toEqual(before);
  });

  test('ST-01 REG-77 committed, it can only be finished; finished, it stays', async () => {
    const { number, record } = await bringTo(federation, 'committed');
    expect(await stateOf(number)).toMatchObject({
      state: 'work-in-progress',
      step: 'committed',
      link: { state: 'used' },
    });
    for (const event of Object.values(events))
      expect(await refusal(event(number))).toMatchObject({ status: 409, type: 'provider/registration-state' });
    expect(await stateOf(number)).toMatchObject({ state: 'work-in-progress', step: 'committed' });

    await drain(federation.provider);
    expect(await stateOf(number)).toMatchObject({ state: 'closed-complete', step: 'connected' });
    expect((await providerConnectionOf(federation, record)).state).toBe('onboarded');
    for (const event of Object.values(events))
      expect(await refusal(event(number))).toMatchObject({ status: 409, type: 'provider/registration-state' });
    expect(await stateOf(number)).toMatchObject({ state: 'closed-complete', step: 'connected' });
  });
});
