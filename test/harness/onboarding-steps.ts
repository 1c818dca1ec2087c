import { sql } from 'kysely';
import { saveProviderConnection } from '../../src/consumer/contract.ts';
import type { Page } from '../../src/demo/browser.ts';
import { importLink, linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { connect, type Federation, register, registrationOf, takeRootKeyAway } from './federation.ts';
import type { TestInstance } from './instances.ts';

/** How far a registration has come, between two idle instances whose jobs the test drains. */
export const stages = [
  'awaiting-validation',
  'validation-failed',
  'open',
  'validated',
  'claimed',
  'authorised',
  'keyed',
  'committed',
  'closed-complete',
] as const;
export type Stage = (typeof stages)[number];

export type OnTheWay = {
  readonly number: string;
  /** The consumer's record, from `validated` on. */
  readonly record: string;
  /** The page at which the contact decides, from `claimed` on. */
  readonly page?: Page;
};

export const drain = ({ instance }: TestInstance): Promise<void> => instance.jobs.drain();

/** Saves a registration and takes it exactly as far as asked: nothing moves on until the test drains again. */
export async function bringTo(federation: Federation, stage: Stage): Promise<OnTheWay> {
  const { provider, consumer, ada, carol, contoso, northwind } = federation;
  const { number } = await register(federation, contoso, consumer.origin);
  if (stage === 'awaiting-validation') return { number, record: '' };
  const putBack = stage === 'validation-failed' ? takeRootKeyAway(provider) : () => undefined;
  await drain(provider);
  putBack();
  if (stage === 'validation-failed' || stage === 'open') return { number, record: '' };

  const { number: record } = await importLink(carol, await linkFromWorkNote(ada, number));
  await carol.api.call(saveProviderConnection, { params: { number: record }, input: { companyId: northwind } });
  await drain(consumer);
  if (stage === 'validated') return { number, record };
  const page = await connect(federation, record);
  if (stage === 'claimed') return { number, record, page };
  await allow(federation, page);
  if (stage === 'authorised') return { number, record, page };
  await drain(consumer);
  if (stage === 'keyed') return { number, record, page };
  for (let round = 0; (await registrationOf(federation, number)).attempt?.step === 'keyed'; round += 1) {
    if (round === 5) throw new Error('the two instances do not come to an end');
    await drain(provider);
    await drain(consumer);
  }
  if (stage === 'closed-complete') await drain(provider);
  return { number, record, page };
}

/** The contact signs in at the provider and allows, in the browser of the consumer's administrator. */
export async function allow({ carol, contoso }: Federation, page: Page): Promise<Page> {
  const { username, password } = contoso.contact;
  const signedIn = page.text.includes('Allow this connection?');
  const asked = signedIn ? page : await carol.browser.submit(page, { username, password }, '/sign-in');
  return carol.browser.submit(asked, {}, '/allow');
}

/** What an attempt makes before it is committed, at either instance, counted by kind. All of it goes when it ends. */
export async function provisionalAt({ instance }: TestInstance): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from link.connection where status = 'pending') as connections,
    (select count(*)::int from link.traffic_secret) as traffic_secrets,
    (select count(*)::int from link.control_message) as messages,
    (select count(*)::int from link.control_receipt) as receipts,
    (select count(*)::int from access.service_account) as accounts,
    (select count(*)::int from access.client) as clients,
    (select count(*)::int from provider.attempt where sealed_secret is not null) as provider_secrets,
    (select count(*)::int from consumer.attempt where sealed_secrets is not null) as consumer_secrets
  `.execute(instance.open.db);
  return rows[0] ?? {};
}

export const NOTHING_PROVISIONAL = {
  connections: 0,
  traffic_secrets: 0,
  messages: 0,
  receipts: 0,
  accounts: 0,
  clients: 0,
  provider_secrets: 0,
  consumer_secrets: 0,
};
