import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectToProvider,
  getProviderConnection,
  importRegistrationLink,
  retryProviderConnection,
  saveProviderConnection,
} from '../../src/consumer/contract.ts';
import { linkFromWorkNote } from '../../src/demo/registration-story.ts';
import {
  getRegistration,
  listRegistrations,
  retryRegistration,
  saveRegistration,
} from '../../src/provider/contract.ts';
import { type CrashPair, isNoAnswer, patiently, submit, visit } from './crash-pair.ts';

/** The numbers of one onboarding: the registration at the provider, the provider connection at the consumer. */
export type Numbers = { readonly registration: string; readonly record: string };

const LOOK_EVERY_MS = 150;
const PATIENCE_MS = 90_000;

export async function until<T>(pair: CrashPair, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const tooLate = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await patiently(pair, look);
    if (found !== undefined) return found;
    if (performance.now() > tooLate) throw new Error(`waited ${PATIENCE_MS / 1_000} s for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

export const registrationOf = (pair: CrashPair, number: string) =>
  pair.ada.api.call(getRegistration, { params: { number } });
export const recordOf = (pair: CrashPair, number: string) =>
  pair.carol.api.call(getProviderConnection, { params: { number } });

/** Ada saves; where the answer is lost she looks into the list before she would save a second time. */
export async function save(pair: CrashPair): Promise<string> {
  const input = { ...(pair.contact as { companyId: never; contactId: never }), url: pair.consumer.origin };
  const open = async () => {
    const { items } = await pair.ada.api.call(listRegistrations, { query: {} });
    return items.find(({ state }) => !['cancelled', 'closed-incomplete'].includes(state))?.number;
  };
  return patiently(
    pair,
    async () =>
      (await open()) ??
      (await pair.ada.api.call(saveRegistration, { input: { ...input, grantConsumerRole: true } })).number,
  );
}

/** From the registration to Open and Validated: everything up to where a person presses Connect. */
export async function validate(pair: CrashPair): Promise<Numbers> {
  const registration = await save(pair);
  await until(pair, `${registration} to be open`, async () => {
    const { state } = await registrationOf(pair, registration);
    // It would be tried again by itself half a minute later; Ada does not wait so long.
    if (state === 'validation-failed') await again(pair, () => retryAtProvider(pair, registration));
    return state === 'open' ? true : undefined;
  });
  const code = await patiently(pair, () => linkFromWorkNote(pair.ada, registration));
  const { number: record } = await patiently(pair, () =>
    pair.carol.api.call(importRegistrationLink, { input: { code } }),
  );
  await patiently(pair, () =>
    pair.carol.api.call(saveProviderConnection, {
      params: { number: record },
      input: { companyId: pair.companyId as never },
    }),
  );
  await until(pair, `${record} to be validated`, async () => {
    const { state } = await recordOf(pair, record);
    if (state === 'validation-failed') await again(pair, () => retryAtConsumer(pair, record));
    return state === 'validated' ? true : undefined;
  });
  return { registration, record };
}

const retryAtProvider = (pair: CrashPair, number: string) =>
  pair.ada.api.call(retryRegistration, { params: { number } });
const retryAtConsumer = (pair: CrashPair, number: string) =>
  pair.carol.api.call(retryProviderConnection, { params: { number } });

async function again(pair: CrashPair, retry: () => Promise<unknown>): Promise<void> {
  await Promise.all([pair.provider.back(), pair.consumer.back()]);
  await patiently(pair, retry);
}

/** One press of Connect to Provider and everything the person then does; what came of it stands on the records. */
async function press(pair: CrashPair, record: string, hesitate: () => Promise<void>): Promise<void> {
  const { authorizationUrl } = await pair.carol.api.call(connectToProvider, { params: { number: record } });
  const page = await visit(pair, pair.carol.browser, authorizationUrl);
  await hesitate();
  if (page.text.includes('/allow"')) await submit(pair, pair.carol.browser, page, '/allow');
}

const MOST_PRESSES = 4;
/** Attempts that wait for the person: nobody else can carry them on. */
const UP_TO_THE_PERSON = ['greeting', 'authorising'];

/**
 * From Validated to Onboarded and Closed Complete, by a person who presses Connect again when told to, or when her page is
 * gone. Gives how often she had to press. `hesitate`: what she waits for in front of the consent page.
 */
export async function connect(
  pair: CrashPair,
  { registration, record }: Numbers,
  hesitate: () => Promise<void> = async () => undefined,
): Promise<number> {
  for (let pressed = 1; pressed <= MOST_PRESSES; pressed += 1) {
    await press(pair, record, hesitate).catch(async (error: unknown) => {
      if (!isNoAnswer(error)) throw error;
      await Promise.all([pair.provider.back(), pair.consumer.back()]);
    });
    const state = await until(pair, `${record} to be onboarded, or to need the person again`, async () => {
      const { state, attempt } = await recordOf(pair, record);
      const hers = state === 'validated' || UP_TO_THE_PERSON.includes(attempt?.step ?? '');
      return state === 'onboarded' || hers ? state : undefined;
    });
    if (state !== 'onboarded') continue;
    await until(pair, `${registration} to be closed`, async () =>
      (await registrationOf(pair, registration)).state === 'closed-complete' ? true : undefined,
    );
    return pressed;
  }
  throw new Error(`${record} is not onboarded after Connect was pressed ${MOST_PRESSES} times`);
}
