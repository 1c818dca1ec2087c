import { saveProviderConnection } from '../../src/consumer/contract.ts';
import {
  type Administrator,
  CONTACT,
  type Contact,
  consent,
  importLink,
  linkFromWorkNote,
  prepareProvider,
  registerConsumer,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { createCompany, listCompanies } from '../../src/directory/contract.ts';
import { administratorsOf, type Stage } from './stage.ts';

export type Prepared = { provider: Administrator; consumer: Administrator; contact: Contact };

/** Administrators, the provider record, companies on both sides and the contact: what a registration needs before it. */
export async function prepareDirectories(stage: Stage): Promise<Prepared> {
  const { provider, consumer } = await administratorsOf(stage);
  const contact = await prepareProvider(provider, stage.provider.origin, async () => {
    throw new Error('mail is off');
  });
  await consumer.api.call(createCompany, { input: { name: 'Northwind Services Ltd' } });
  return { provider, consumer, contact };
}

/** And an open registration, whose link the work note holds. */
export async function prepareRegistration(stage: Stage): Promise<Prepared & { number: string }> {
  const prepared = await prepareDirectories(stage);
  const { number } = await registerConsumer(prepared.provider, prepared.contact, stage.consumer.origin);
  await waitForRegistration(prepared.provider, number, 'open');
  return { ...prepared, number };
}

/** And the connection made, with the contact's consent. */
export async function prepareConnection(stage: Stage): Promise<Prepared & { number: string }> {
  const prepared = await prepareRegistration(stage);
  const link = await linkFromWorkNote(prepared.provider, prepared.number);
  const { number } = await importLink(prepared.consumer, link);
  const { items } = await prepared.consumer.api.call(listCompanies, { query: {} });
  const [company] = items;
  if (company === undefined) throw new Error('there is no company');
  await prepared.consumer.api.call(saveProviderConnection, { params: { number }, input: { companyId: company.id } });
  await waitForProviderConnection(prepared.consumer, number, 'validated');
  await consent(prepared.consumer, number, CONTACT);
  await waitForProviderConnection(prepared.consumer, number, 'onboarded');
  await waitForRegistration(prepared.provider, prepared.number, 'closed-complete');
  return prepared;
}

/** One more registration, of an instance that nobody runs: it ends in Validation Failed. */
export async function prepareFailure({ provider, contact }: Prepared): Promise<string> {
  const { number } = await registerConsumer(provider, contact, 'http://127.0.0.1:9');
  await waitForRegistration(provider, number, 'validation-failed');
  return number;
}
