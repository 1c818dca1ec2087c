import {
  connectToProvider,
  getProviderConnection,
  importRegistrationLink,
  saveProviderConnection,
} from '../consumer/contract.ts';
import { changeUser, createCompany, createSignInLink, createUser, readSession, setUp } from '../directory/contract.ts';
import type { OutputOf } from '../kernel/index.ts';
import { getRegistration, listRegistrationActivity, saveRegistration, setUpProvider } from '../provider/contract.ts';
import { type ApiCaller, apiCaller } from './api-caller.ts';
import { type Browser, createBrowser } from './browser.ts';
import type { DemoInstance } from './demo-instance.ts';
import { openSignInLink } from './open-sign-in-link.ts';
import { until } from './until.ts';

/** Everything a person would do, by the public API and the pages, nothing else. Each function is one step of the story. */
export type Account = { readonly username: string; readonly password: string };
export const PROVIDER_ADMIN: Account = { username: 'ada', password: 'Provider-admin-2026' };
export const CONSUMER_ADMIN: Account = { username: 'carol', password: 'Consumer-admin-2026' };
/** Carol again, as the provider knows her: the contact of the registration. */
export const CONTACT: Account = { username: 'carol.jones', password: 'Named-contact-2026' };

export type Administrator = { readonly browser: Browser; readonly api: ApiCaller };

/** The first administrator of an instance, by the one-time code of its log. */
export async function becomeFirstAdministrator(
  at: { readonly origin: string; readonly instance: Pick<DemoInstance['instance'], 'firstAdministratorCode'> },
  account: Account,
  browser = createBrowser(),
): Promise<Administrator> {
  const code = await at.instance.firstAdministratorCode();
  if (code === null) throw new Error(`${at.origin} has an administrator already`);
  const api = apiCaller(browser, at.origin);
  await api.call(setUp, {
    input: { code, ...account, email: `${account.username}@${new URL(at.origin).hostname}.example` },
  });
  return { browser, api };
}

/** admin and security_admin together may assign the key management roles, also to themselves (OQ-26). */
export async function assignKeyManagementRoles({ api }: Administrator): Promise<void> {
  const { user } = await api.call(readSession, {});
  if (user === null) throw new Error('nobody is signed in');
  await api.call(changeUser, {
    params: { id: user.id },
    input: { roles: [...user.roles, 'sn_kmf.admin', 'sn_kmf.cryptographic_manager'] },
  });
}

export type Contact = { readonly companyId: string; readonly contactId: string };

/** The provider's side of the preparations: its record, the consumer's company, and the contact, who sets a password. */
export async function prepareProvider(
  provider: Administrator,
  origin: string,
  readMail: (to: string) => Promise<string>,
): Promise<Contact> {
  await provider.api.call(setUpProvider, { input: { name: 'Northwind-Services' } });
  const company = await provider.api.call(createCompany, { input: { name: 'Contoso Retail' } });
  const email = 'carol.jones@contoso.example';
  const contact = await provider.api.call(createUser, {
    input: { username: CONTACT.username, name: 'Carol Jones', email, companyId: company.id },
  });
  const made = await provider.api.call(createSignInLink, { params: { id: contact.id } });
  const link = made.link ?? (await readMail(email));
  await openSignInLink(link, origin, CONTACT.password);
  return { companyId: company.id, contactId: contact.id };
}

type Registration = OutputOf<typeof getRegistration>;

export async function registerConsumer(provider: Administrator, contact: Contact, url: string): Promise<Registration> {
  return provider.api.call(saveRegistration, {
    input: { ...(contact as { companyId: never; contactId: never }), url, grantConsumerRole: true },
  });
}

export async function waitForRegistration(
  provider: Administrator,
  number: string,
  state: Registration['state'],
): Promise<Registration> {
  return until(`${number} to be ${state}`, async () => {
    const registration = await provider.api.call(getRegistration, { params: { number } });
    return registration.state === state ? registration : undefined;
  });
}

/** The link as an administrator reads it on the record. */
export async function linkFromWorkNote(provider: Administrator, number: string): Promise<string> {
  const { items } = await provider.api.call(listRegistrationActivity, { params: { number } });
  const link = items.find((note) => note.link !== undefined)?.link;
  if (link === undefined) throw new Error(`${number} has no link note`);
  return link;
}

type ProviderConnection = OutputOf<typeof getProviderConnection>;

export async function importLink(consumer: Administrator, link: string): Promise<ProviderConnection> {
  return consumer.api.call(importRegistrationLink, { input: { code: link } });
}

export async function saveCompany(consumer: Administrator, number: string): Promise<void> {
  const company = await consumer.api.call(createCompany, { input: { name: 'Northwind Services Ltd' } });
  await consumer.api.call(saveProviderConnection, { params: { number }, input: { companyId: company.id } });
}

export async function waitForProviderConnection(
  consumer: Administrator,
  number: string,
  state: ProviderConnection['state'],
): Promise<ProviderConnection> {
  return until(`${number} to be ${state}`, async () => {
    const record = await consumer.api.call(getProviderConnection, { params: { number } });
    return record.state === state ? record : undefined;
  });
}

/** Connect to Provider, sign in there as the contact, Allow; the browser ends on the consumer's own page. */
export async function consent(consumer: Administrator, number: string, contact: Account): Promise<void> {
  const { authorizationUrl } = await consumer.api.call(connectToProvider, { params: { number } });
  const signIn = await consumer.browser.open(authorizationUrl);
  const asked = await consumer.browser.submit(signIn, { ...contact }, '/sign-in');
  const back = await consumer.browser.submit(asked, {}, '/allow');
  if (!back.url.pathname.endsWith(number))
    throw new Error(`the browser ended at ${back.url.pathname} (${back.status})`);
}
