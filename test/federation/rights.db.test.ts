import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as consumerContract from '../../src/consumer/contract.ts';
import type { ApiCaller } from '../../src/demo/api-caller.ts';
import { CallRefused } from '../../src/demo/api-caller.ts';
import { roleNames } from '../../src/kernel/index.ts';
import * as providerContract from '../../src/provider/contract.ts';
import { type Federation, newPerson, openFederation, registrationOf, signedIn } from '../harness/federation.ts';
import { closeTestInstances, type TestInstance } from '../harness/instances.ts';
import { bringTo } from '../harness/onboarding-steps.ts';

let federation: Federation;
/** The finished registration and what it led to on both sides. */
let numbers: { registration: string; connection: string; record: string };
/** Callers by the one role that they hold; `nobody` holds none, and the contact holds its role with a registration. */
type Callers = ReadonlyMap<string, ApiCaller>;
let atProvider: Callers;
let atConsumer: Callers;

async function callersAt(instance: TestInstance, admin: Federation['ada']): Promise<Map<string, ApiCaller>> {
  const callers = new Map<string, ApiCaller>([['nobody', await apiOf(instance, admin, 'nobody', [])]]);
  for (const role of roleNames) callers.set(role, await apiOf(instance, admin, role.replaceAll('.', '-'), [role]));
  return callers;
}

const apiOf = async (
  instance: TestInstance,
  admin: Federation['ada'],
  username: string,
  roles: Parameters<typeof newPerson>[2]['roles'],
): Promise<ApiCaller> =>
  (await signedIn(instance, await newPerson(instance, admin, { username, roles: roles ?? [] }))).api;

beforeAll(async () => {
  federation = await openFederation({ both: { idle: true } });
  const { provider, consumer, ada, carol, contoso } = federation;
  const { number, record } = await bringTo(federation, 'closed-complete');
  numbers = { registration: number, record, connection: (await registrationOf(federation, number)).connection ?? '' };
  atProvider = (await callersAt(provider, ada)).set('the contact', (await signedIn(provider, contoso.contact)).api);
  atConsumer = await callersAt(consumer, carol);
});
afterAll(closeTestInstances);

type Call = (api: ApiCaller) => Promise<unknown>;

async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    if (error instanceof CallRefused) return error.status;
    throw error;
  }
}

/**
 * Whom a call is not closed to. A call that is refused for another reason than rights was let in: the state of a finished
 * record forbids most of what an administrator may try.
 */
async function letIn(callers: Callers, instance: TestInstance, call: Call): Promise<string[]> {
  expect(await statusOf(call(instance.visitor().api))).toBe(401);
  const allowed: string[] = [];
  for (const [name, api] of callers) {
    const status = await statusOf(call(api));
    if (![403, 404].includes(status)) allowed.push(name);
  }
  return allowed;
}

const READERS = ['admin', 'sn_sb.admin'];
const registration = () => ({ params: { number: numbers.registration } });

describe('at the provider', () => {
  const {
    listRegistrations,
    getRegistration,
    listRegistrationActivity,
    addRegistrationActivity,
    saveRegistration,
    changeRegistration,
    cancelRegistration,
    regenerateLink,
    retryRegistration,
    listConsumerConnections,
    getConsumerConnection,
    getProvider,
    setUpProvider,
  } = providerContract;
  const input = () => ({
    companyId: federation.contoso.companyId,
    contactId: federation.contoso.contact.id,
    url: federation.consumer.origin,
    grantConsumerRole: true,
  });
  const note = { kind: 'workNote', text: 'Looked at it.' } as const;
  const cases: readonly (readonly [what: string, allowed: readonly string[], call: Call])[] = [
    [
      'ACL-01 ROL-02 reads a registration',
      [...READERS, 'the contact'],
      (api) => api.call(getRegistration, registration()),
    ],
    [
      'ACL-01 ROL-02 reads what was written on it',
      [...READERS, 'the contact'],
      (api) => api.call(listRegistrationActivity, registration()),
    ],
    ['ACL-01 writes on it', READERS, (api) => api.call(addRegistrationActivity, { ...registration(), input: note })],
    ['ACL-01 ROL-01 registers a consumer', ['admin'], (api) => api.call(saveRegistration, { input: input() })],
    [
      'ACL-01 ROL-01 replaces its contact',
      ['admin'],
      (api) =>
        api.call(changeRegistration, {
          ...registration(),
          input: { contactId: federation.contoso.contact.id, grantConsumerRole: true },
        }),
    ],
    ['ACL-01 ROL-01 cancels it', ['admin'], (api) => api.call(cancelRegistration, registration())],
    ['ACL-01 ROL-01 renews its link', ['admin'], (api) => api.call(regenerateLink, registration())],
    ['ACL-01 ROL-01 has it tried again', ['admin'], (api) => api.call(retryRegistration, registration())],
    ['ACL-02 lists the consumers', READERS, (api) => api.call(listConsumerConnections, { query: {} })],
    [
      'ACL-02 reads a consumer',
      READERS,
      (api) => api.call(getConsumerConnection, { params: { number: numbers.connection } }),
    ],
    ['ACL-03 reads the provider record', READERS, (api) => api.call(getProvider, {})],
    [
      'ACL-03 ROL-01 sets the provider record up',
      ['admin'],
      (api) => api.call(setUpProvider, { input: { name: 'Northwind-Services' } }),
    ],
  ];
  test.each(cases)('who %s', async (_what, allowed, call) => {
    expect(await letIn(atProvider, federation.provider, call)).toEqual(allowed);
  });

  test('ACL-01 ROL-02 a list shows the contact its own registration, without what is for administrators, and another holder of the role none', async () => {
    const listed = async (name: string) =>
      ((await atProvider.get(name)?.call(listRegistrations, { query: {} }))?.items ?? []).map(({ number }) => number);
    expect(await listed('sn_sb.admin')).toEqual([numbers.registration]);
    expect(await listed('the contact')).toEqual([numbers.registration]);
    expect(await listed('sn_sb_pro.consumer')).toEqual([]);
    expect(await statusOf(atProvider.get('nobody')?.call(listRegistrations, { query: {} }) ?? Promise.resolve())).toBe(
      403,
    );
    const activity = await atProvider.get('the contact')?.call(listRegistrationActivity, registration());
    expect(activity?.items.filter(({ kind }) => kind !== 'comment')).toEqual([]);
  });
});

describe('at the consumer', () => {
  const {
    listProviderConnections,
    getProviderConnection,
    listProviderConnectionActivity,
    addProviderConnectionActivity,
    importRegistrationLink,
    saveProviderConnection,
    connectToProvider,
    retryProviderConnection,
  } = consumerContract;
  const record = () => ({ params: { number: numbers.record } });
  const note = { kind: 'workNote', text: 'Looked at it.' } as const;
  const cases: readonly (readonly [what: string, allowed: readonly string[], call: Call])[] = [
    ['ACL-05 lists provider connections', READERS, (api) => api.call(listProviderConnections, { query: {} })],
    ['ACL-05 reads one', READERS, (api) => api.call(getProviderConnection, record())],
    ['ACL-05 reads what was written on it', READERS, (api) => api.call(listProviderConnectionActivity, record())],
    ['ACL-05 writes on it', READERS, (api) => api.call(addProviderConnectionActivity, { ...record(), input: note })],
    [
      'ACL-05 ROL-01 imports a link',
      ['admin'],
      (api) => api.call(importRegistrationLink, { input: { code: 'no link at all' } }),
    ],
    [
      'ACL-05 ROL-01 saves its company',
      ['admin'],
      (api) => api.call(saveProviderConnection, { ...record(), input: { companyId: federation.northwind } }),
    ],
    ['ACL-05 ROL-01 connects', ['admin'], (api) => api.call(connectToProvider, record())],
    ['ACL-05 ROL-01 has it tried again', ['admin'], (api) => api.call(retryProviderConnection, record())],
  ];
  test.each(cases)('who %s', async (_what, allowed, call) => {
    expect(await letIn(atConsumer, federation.consumer, call)).toEqual(allowed);
  });
});
