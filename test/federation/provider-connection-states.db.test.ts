import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  connectToProvider,
  providerConnectionMachine,
  retryProviderConnection,
  saveProviderConnection,
} from '../../src/consumer/contract.ts';
import { linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { createCompany } from '../../src/directory/contract.ts';
import { nextState, SECOND_MS } from '../../src/kernel/index.ts';
import { changeRegistration, regenerateLink } from '../../src/provider/contract.ts';
import { validateIssue } from '../../src/scan/contract.ts';
import {
  cancelAll,
  connect,
  consumerNotesOf,
  eventually,
  type Federation,
  importCode,
  issuesOf,
  newPerson,
  openFederation,
  providerConnectionOf,
  refusal,
  registrationOf,
  type Somebody,
  shiftedClock,
  signedIn,
  takeRootKeyAway,
} from '../harness/federation.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { allow, bringTo, drain, NOTHING_PROVISIONAL, provisionalAt } from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;
let dave: Somebody;
let people = 0;
let otherCompany: Federation['northwind'];

beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
  const { provider, ada, carol, contoso } = federation;
  dave = await newPerson(provider, ada, { username: 'dave.contoso', companyId: contoso.companyId });
  otherCompany = (await carol.api.call(createCompany, { input: { name: 'Northwind Holding' } })).id;
});
beforeEach(async () => {
  // Somebody new each time: a person may import and connect twenty times a minute.
  people += 1;
  const { consumer, carol } = federation;
  const person = await newPerson(consumer, carol, { username: `carol.${people}`, roles: ['admin'] });
  federation = { ...federation, carol: await signedIn(consumer, person) };
});
afterAll(closeTestInstances);
afterEach(async () => {
  await cancelAll(federation);
  clock.move(10 * SECOND_MS);
  await drain(federation.consumer);
});

const stages = [
  'new',
  'awaiting-validation',
  'validation-failed',
  'validated',
  'authorising',
  'redeeming',
  'testing',
] as const;
type Stage = (typeof stages)[number];
type Way = { number: string; link: string; record: string };

/** Takes a record of the consumer exactly as far as asked. */
async function bringRecordTo(stage: Stage): Promise<Way> {
  const { ada, carol, consumer, northwind } = federation;
  const { number } = await bringTo(federation, 'open');
  const link = await linkFromWorkNote(ada, number);
  const { number: record } = await importCode(federation, link);
  const way = { number, link, record };
  if (stage === 'new') return way;
  await carol.api.call(saveProviderConnection, { params: { number: record }, input: { companyId: northwind } });
  if (stage === 'awaiting-validation') return way;
  const putBack = stage === 'validation-failed' ? takeRootKeyAway(consumer) : () => undefined;
  await drain(consumer);
  putBack();
  if (stage === 'validation-failed' || stage === 'validated') return way;
  const page = await connect(federation, record);
  if (stage === 'authorising') return way;
  await allow(federation, page);
  if (stage === 'testing') await drain(consumer);
  return way;
}

/** Another generation of the link: by regenerating while the registration is open, by replacing the contact after that. */
async function newerLink({ number }: Way): Promise<string> {
  const { ada, provider } = federation;
  const { state } = await registrationOf(federation, number);
  if (state === 'open') await ada.api.call(regenerateLink, { params: { number } });
  else {
    await ada.api.call(changeRegistration, {
      params: { number },
      input: { contactId: dave.id, grantConsumerRole: true },
    });
    await drain(provider);
  }
  return linkFromWorkNote(ada, number);
}

const events = {
  'company-saved': ({ record }: Way) =>
    federation.carol.api.call(saveProviderConnection, {
      params: { number: record },
      input: { companyId: otherCompany },
    }),
  'same-link': ({ link }: Way) => importCode(federation, link),
  'link-renewed': async (way: Way) => importCode(federation, await newerLink(way)),
  connect: ({ record }: Way) => federation.carol.api.call(connectToProvider, { params: { number: record } }),
};
type Event = keyof typeof events;

/** docs/protocol/states.md, by hand. `same`: the record as it was. */
const table: Record<Stage, Record<Event, string>> = {
  new: { 'company-saved': 'awaiting-validation', 'same-link': 'same', 'link-renewed': 'new', connect: 'refused' },
  'awaiting-validation': {
    'company-saved': 'awaiting-validation',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'refused',
  },
  'validation-failed': {
    'company-saved': 'awaiting-validation',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'refused',
  },
  validated: {
    'company-saved': 'awaiting-validation',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'connecting',
  },
  authorising: {
    'company-saved': 'refused',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'connecting',
  },
  redeeming: {
    'company-saved': 'refused',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'refused',
  },
  testing: {
    'company-saved': 'refused',
    'same-link': 'same',
    'link-renewed': 'awaiting-validation',
    connect: 'refused',
  },
};
const cases = stages.flatMap((stage) =>
  (Object.keys(events) as Event[]).map((event) => [stage, event, table[stage][event]] as const),
);

test('ST-02 the table above and the one the program runs agree', () => {
  for (const stage of ['new', 'awaiting-validation', 'validation-failed', 'validated'] as const)
    for (const event of ['company-saved', 'link-renewed', 'connect'] as const)
      expect([stage, event, nextState(providerConnectionMachine, stage, event) ?? 'refused']).toEqual([
        stage,
        event,
        table[stage][event],
      ]);
});

describe.each(cases)('ST-02 %s', (stage, event, outcome) => {
  test(`${event}: ${outcome}`, async () => {
    const way = await bringRecordTo(stage);
    const before = await providerConnectionOf(federation, way.record);
    expect(before.attempt?.step ?? before.state).toBe(stage);
    if (outcome === 'refused') {
      const problem = await refusal(events[event](way));
      expect(problem).toMatchObject({ status: 409, type: 'consumer/provider-connection-state' });
      expect(problem.detail).toContain('Nothing was changed');
      expect(await providerConnectionOf(federation, way.record)).toEqual(before);
      return;
    }
    await events[event](way);
    const after = await providerConnectionOf(federation, way.record);
    if (outcome === 'same') {
      // Opening the link again visits the provider: when it was last seen is news.
      const health = { ...before.connection?.health, seenAt: expect.any(String), skewMs: expect.any(Number) };
      expect(after).toEqual({ ...before, connection: before.connection && { ...before.connection, health } });
      return;
    }
    expect(after.state).toBe(outcome);
    if (event === 'company-saved') expect(after.company?.id).toBe(otherCompany);
    if (event === 'connect') expect(after.attempt?.number).toBe((before.attempt?.number ?? 0) + 1);
    if (event !== 'link-renewed' || before.attempt === null) return;
    expect(after.attempt).toMatchObject({ step: 'aborted' });
    expect(await provisionalAt(federation.consumer)).toEqual(NOTHING_PROVISIONAL);
    await drain(federation.consumer);
    expect((await providerConnectionOf(federation, way.record)).state).toBe('validated');
  });
});

describe('validation at the consumer', () => {
  test('CON-04 CON-05 CON-06 CON-07 CON-08 HLT-02 HLT-03 its own fault fails it, Connect is refused, and repaired it is Validated by itself', async () => {
    const { carol, consumer, northwind } = federation;
    const { number } = await bringTo(federation, 'open');
    const { number: record } = await importCode(federation, await linkFromWorkNote(federation.ada, number));
    const params = { number: record };
    const saved = await carol.api.call(saveProviderConnection, { params, input: { companyId: northwind } });
    expect(saved).toMatchObject({ state: 'awaiting-validation', company: { id: northwind } });
    expect(saved.validation?.status).toBe('queued');

    const putBack = takeRootKeyAway(consumer);
    await drain(consumer);
    const failed = await providerConnectionOf(federation, record);
    const issues = await issuesOf(carol, record);
    expect(failed.state).toBe('validation-failed');
    expect(failed.validation?.openIssues).toBe(issues.length);
    expect(issues.map(({ check }) => check.id)).toEqual(issues.map(() => 'CHK-03'));
    expect((await consumerNotesOf(federation, record))[0]?.text).toContain('Validation failed');
    expect((await refusal(carol.api.call(connectToProvider, { params }))).status).toBe(409);
    const [issue] = issues;
    const validated = await carol.api.call(validateIssue, { params: { id: issue?.id as never } });
    expect(validated.outcome).toBe('still-there');

    putBack();
    await consumer.instance.keys.lightCheck();
    await eventually(
      'the record to be Validated by itself',
      async () => {
        await drain(consumer);
        return providerConnectionOf(federation, record);
      },
      ({ state }) => state === 'validated',
    );
    expect(await issuesOf(carol, record)).toEqual([]);
  });

  test('CON-06 CON-07 a provider that is away fails it; it is asked again by itself', async () => {
    const { carol, consumer, northwind } = federation;
    const { number } = await bringTo(federation, 'open');
    const { number: record } = await importCode(federation, await linkFromWorkNote(federation.ada, number));
    await carol.api.call(saveProviderConnection, { params: { number: record }, input: { companyId: northwind } });
    await federation.provider.stop();
    await drain(consumer);
    expect((await providerConnectionOf(federation, record)).state).toBe('validation-failed');
    const issues = await issuesOf(carol, record);
    expect(issues.map(({ check }) => check.id)).toContain('NET-11');
    for (const { who } of issues) expect(who).toContain('Northwind-Services');
    federation = { ...federation, provider: await federation.provider.reopen() };
    await carol.api.call(retryProviderConnection, { params: { number: record } });
    await drain(consumer);
    expect((await providerConnectionOf(federation, record)).state).toBe('validated');
  });
});
