import { setTimeout as sleep } from 'node:timers/promises';
import { apiCaller, CallRefused } from '../../src/demo/api-caller.ts';
import { type Browser, PageUnreachable } from '../../src/demo/browser.ts';
import {
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  CONTACT,
  type Contact,
  PROVIDER_ADMIN,
  prepareProvider,
} from '../../src/demo/registration-story.ts';
import { createCompany, signIn } from '../../src/directory/contract.ts';
import { type CrashSide, type Engine, openCrashSide } from '../harness/crash-side.ts';

/** Two instances with their people, ready to register one with the other as often as a test likes. */
export type CrashPair = {
  readonly engine: Engine;
  readonly provider: CrashSide;
  readonly consumer: CrashSide;
  readonly ada: Administrator;
  readonly carol: Administrator;
  /** Carol as the provider knows her: who may give the consent. */
  readonly contact: Contact;
  /** The provider in the consumer's books. */
  readonly companyId: string;
};

export async function openCrashPair(options: {
  engine: Engine;
  providerNodes?: number;
  consumerNodes?: number;
}): Promise<CrashPair> {
  const { engine, providerNodes = 1, consumerNodes = 1 } = options;
  const [provider, consumer] = await Promise.all([
    openCrashSide({ host: '127.0.0.1', engine, nodes: providerNodes }),
    openCrashSide({ host: 'localhost', engine, nodes: consumerNodes }),
  ]);
  try {
    const [ada, carol] = await Promise.all([
      becomeFirstAdministrator({ origin: provider.origin, instance: provider }, PROVIDER_ADMIN),
      becomeFirstAdministrator({ origin: consumer.origin, instance: consumer }, CONSUMER_ADMIN),
    ]);
    await assignKeyManagementRoles(ada);
    const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
    const company = await carol.api.call(createCompany, { input: { name: 'Northwind Services Ltd' } });
    // The contact signs in at the provider beforehand, in the browser that she works with at home.
    await apiCaller(carol.browser, provider.origin).call(signIn, { input: CONTACT });
    return { engine, provider, consumer, ada, carol, contact, companyId: company.id };
  } catch (error) {
    await closeCrashPair({ provider, consumer });
    throw error;
  }
}

export async function closeCrashPair({ provider, consumer }: Pick<CrashPair, 'provider' | 'consumer'>): Promise<void> {
  await Promise.all([provider.remove(), consumer.remove()]);
}

// NOTE a kill may not be known yet when the first call fails, so coming back is asked for again and again, with pauses.
const PAUSE_MS = 200;
const PATIENCE_MS = 60_000;

/** The instance did not answer, or it says that its database or the other instance did not. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof PageUnreachable || (error instanceof CallRefused && [502, 503].includes(error.status));

/** A person who is told "this cannot be reached": waits until it can, and does the same again. */
export async function patiently<T>(pair: CrashPair, act: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    try {
      return await act();
    } catch (error) {
      if (waited >= PATIENCE_MS || !isNoAnswer(error)) throw error;
      await Promise.all([pair.provider.back(), pair.consumer.back(), sleep(PAUSE_MS)]);
    }
  }
}

/** Opens an address; when the address or one that it redirects to does not answer, that one is loaded again. */
export async function visit(pair: CrashPair, browser: Browser, url: string): ReturnType<Browser['open']> {
  let address = url;
  return patiently(pair, () =>
    browser.open(address).catch((error: unknown) => {
      if (error instanceof PageUnreachable) address = error.url.href;
      throw error;
    }),
  );
}

/** Submits a form; when its answer is lost the form is sent again, when a page it leads to is, that page is loaded again. */
export async function submit(
  pair: CrashPair,
  browser: Browser,
  page: Awaited<ReturnType<Browser['open']>>,
  button: string,
): ReturnType<Browser['open']> {
  let lost: PageUnreachable | undefined;
  return patiently(pair, () =>
    (lost === undefined || lost.method === 'POST'
      ? browser.submit(page, {}, button)
      : browser.open(lost.url.href)
    ).catch((error: unknown) => {
      if (error instanceof PageUnreachable) lost = error;
      throw error;
    }),
  );
}
