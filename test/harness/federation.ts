import { renameSync } from 'node:fs';
import { sql } from 'kysely';
import {
  connectToProvider,
  getProviderConnection,
  importRegistrationLink,
  listProviderConnectionActivity,
  saveProviderConnection,
} from '../../src/consumer/contract.ts';
import { CallRefused } from '../../src/demo/api-caller.ts';
import type { Browser, Page } from '../../src/demo/browser.ts';
import { openSignInLink } from '../../src/demo/open-sign-in-link.ts';
import {
  type Account,
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  CONSUMER_ADMIN,
  importLink,
  linkFromWorkNote,
  PROVIDER_ADMIN,
  waitForProviderConnection,
  waitForRegistration,
} from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import type { CompanyId } from '../../src/directory/contract.ts';
import { changeUser, createCompany, createSignInLink, createUser, signIn } from '../../src/directory/contract.ts';
import {
  type CallOf,
  type Clock,
  later,
  type OutputOf,
  type Role,
  systemClock,
  type UserId,
} from '../../src/kernel/index.ts';
import {
  cancelRegistration,
  getRegistration,
  listRegistrationActivity,
  listRegistrations,
  saveRegistration,
  setUpProvider,
} from '../../src/provider/contract.ts';
import { listIssues } from '../../src/scan/contract.ts';
import { openTestInstance, type TestInstance, type TestInstanceOptions } from './instances.ts';

/** Somebody on file at one instance who can sign in there. */
export type Somebody = Account & { readonly id: UserId };

/** A company with its contact, as a registration names them. */
export type Party = { readonly companyId: CompanyId; readonly contact: Somebody };

export type Federation = {
  readonly provider: TestInstance;
  readonly consumer: TestInstance;
  /** The first administrators: ada of the provider, carol of the consumer. Both may do everything at home. */
  readonly ada: Administrator;
  readonly carol: Administrator;
  /** Contoso, registered at the provider, and Carol Jones, its contact there. */
  readonly contoso: Party;
  /** The company that stands for the provider in the consumer's books. */
  readonly northwind: CompanyId;
};

type Options = {
  readonly both?: TestInstanceOptions;
  readonly provider?: TestInstanceOptions;
  readonly consumer?: TestInstanceOptions;
  /** Leave the provider record out. */
  readonly withoutProviderRecord?: boolean;
};

/** Two instances that have never met, ready for a first registration. */
export async function openFederation(options: Options = {}): Promise<Federation> {
  const [provider, consumer] = await Promise.all([
    openTestInstance({ host: '127.0.0.1', ...options.both, ...options.provider }),
    openTestInstance({ host: 'localhost', ...options.both, ...options.consumer }),
  ]);
  const [ada, carol] = await Promise.all([
    becomeFirstAdministrator(provider, PROVIDER_ADMIN),
    becomeFirstAdministrator(consumer, CONSUMER_ADMIN),
  ]);
  await Promise.all([assignKeyManagementRoles(ada), assignKeyManagementRoles(carol)]);
  if (options.withoutProviderRecord !== true)
    await ada.api.call(setUpProvider, { input: { name: 'Northwind-Services' } });
  const contoso = await newParty(provider, ada, 'carol.jones');
  const { id: northwind } = await carol.api.call(createCompany, { input: { name: 'Northwind Services Ltd' } });
  return { provider, consumer, ada, carol, contoso, northwind };
}

/** A company of its own and its contact, who does not hold the consumer role yet. */
export async function newParty(at: TestInstance, admin: Administrator, username: string): Promise<Party> {
  const { id: companyId } = await admin.api.call(createCompany, { input: { name: `Company of ${username}` } });
  return { companyId, contact: await newPerson(at, admin, { username, companyId }) };
}

type Wanted = {
  readonly username: string;
  readonly companyId?: CompanyId;
  readonly roles?: readonly Role[];
  /** Null: none. */
  readonly email?: string | null;
};

/** Puts somebody on file, who then opens a one-time link and sets a password. */
export async function newPerson(at: TestInstance, { api }: Administrator, wanted: Wanted): Promise<Somebody> {
  const { username, companyId = null, roles = [] } = wanted;
  const email = wanted.email === undefined ? `${username}@contoso.example` : wanted.email;
  const { id } = await api.call(createUser, {
    input: { username, name: `Name of ${username}`, email: null, companyId, roles: [...roles] },
  });
  // Without an address the link is shown to the administrator, whether or not mail is on.
  const { link } = await api.call(createSignInLink, { params: { id } });
  const password = `Password of ${username}`;
  await openSignInLink(link ?? '', at.origin, password);
  if (email !== null) await api.call(changeUser, { params: { id }, input: { email } });
  return { id, username, password };
}

/** A browser in which that person is signed in at an instance. */
export async function signedIn(at: TestInstance, { username, password }: Account): Promise<Administrator> {
  const visitor = at.visitor();
  await visitor.api.call(signIn, { input: { username, password } });
  return visitor;
}

/** What a call was refused with; fails when it was not. */
export async function refusal(call: Promise<unknown>): Promise<{
  status: number;
  type: string;
  detail: string;
  fields: readonly string[];
  messages: readonly string[];
}> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
  if (!(answer instanceof CallRefused)) throw new Error(`the call was not refused: ${JSON.stringify(answer)}`);
  const { status, problem } = answer;
  return {
    status,
    type: problem.type?.replace('urn:liaise:problem:', '') ?? '',
    detail: problem.detail ?? '',
    fields: (problem.errors ?? []).map(({ field }) => field),
    messages: (problem.errors ?? []).map(({ message }) => message),
  };
}

type SaveInput = CallOf<typeof saveRegistration>['input'];

/** Saves a registration of that company, granting its contact the role. */
export const register = (
  { ada }: Pick<Federation, 'ada'>,
  party: Party,
  url: string,
  more: Partial<SaveInput> = {},
): Promise<OutputOf<typeof saveRegistration>> =>
  ada.api.call(saveRegistration, {
    input: { companyId: party.companyId, contactId: party.contact.id, url, grantConsumerRole: true, ...more },
  });

export const registrationOf = ({ ada }: Pick<Federation, 'ada'>, number: string) =>
  ada.api.call(getRegistration, { params: { number } });

export const providerConnectionOf = ({ carol }: Pick<Federation, 'carol'>, number: string) =>
  carol.api.call(getProviderConnection, { params: { number } });

/** Newest first. */
export async function notesOf({ ada }: Pick<Federation, 'ada'>, number: string) {
  return (await ada.api.call(listRegistrationActivity, { params: { number } })).items;
}

export async function consumerNotesOf({ carol }: Pick<Federation, 'carol'>, number: string) {
  return (await carol.api.call(listProviderConnectionActivity, { params: { number } })).items;
}

export async function issuesOf({ api }: Administrator, subject?: string) {
  return (await api.call(listIssues, { query: { limit: 100, ...(subject !== undefined && { subject }) } })).items;
}

/** Saves, waits for Open, and gives the number with the link as the administrator reads it. */
export async function openRegistration(
  federation: Federation,
  party = federation.contoso,
): Promise<{ number: string; link: string }> {
  const { number } = await register(federation, party, federation.consumer.origin);
  await waitForRegistration(federation.ada, number, 'open');
  return { number, link: await linkFromWorkNote(federation.ada, number) };
}

/** Imports a link, saves the company, waits for Validated, and gives the record's number. */
export async function validateAtConsumer({ carol, northwind }: Federation, link: string): Promise<string> {
  const { number } = await importLink(carol, link);
  await carol.api.call(saveProviderConnection, { params: { number }, input: { companyId: northwind } });
  await waitForProviderConnection(carol, number, 'validated');
  return number;
}

/** Connect to Provider: what the consumer's administrator then sees in a browser, at first the provider's sign-in. */
export async function connect(
  { carol }: Pick<Federation, 'carol'>,
  number: string,
  browser: Browser = carol.browser,
): Promise<Page> {
  const { authorizationUrl } = await carol.api.call(connectToProvider, { params: { number } });
  return browser.open(authorizationUrl);
}

/** Cancels everything that can be cancelled, so that the next test of a file finds the consumer unregistered. */
export async function cancelAll({ ada }: Pick<Federation, 'ada'>): Promise<void> {
  const { items } = await ada.api.call(listRegistrations, { query: { limit: 100 } });
  for (const { number, state } of items) {
    if (['awaiting-validation', 'validation-failed', 'open', 'work-in-progress'].includes(state))
      await ada.api.call(cancelRegistration, { params: { number } });
  }
}

export const importCode = ({ carol }: Pick<Federation, 'carol'>, code: string) =>
  carol.api.call(importRegistrationLink, { input: { code } });

/** Every row of every table, the job queue's included, as text. */
export async function databaseText({ instance }: TestInstance): Promise<string> {
  const { db } = instance.open;
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`.execute(db);
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(db);
      return rows.map(({ row }) => `${name} ${row}`).join('\n');
    }),
  );
  return texts.join('\n');
}

/** Waits until an answer satisfies a condition, and gives it. */
export const eventually = <T>(what: string, ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> =>
  until(what, async () => {
    const answer = await ask();
    return holds(answer) ? answer : undefined;
  });

/** The real time, moved by hand: instances with this clock, and libraries that read the system's, agree until it is moved. */
export type ShiftedClock = Clock & { move(milliseconds: number): void };

export function shiftedClock(): ShiftedClock {
  let ahead = 0;
  return {
    now: () => later(systemClock.now(), ahead),
    move: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

/** Takes the root key away from a running instance; the answer puts it back. */
export function takeRootKeyAway({ rootKeyFile }: TestInstance): () => void {
  const elsewhere = `${rootKeyFile}.elsewhere`;
  renameSync(rootKeyFile, elsewhere);
  return () => renameSync(elsewhere, rootKeyFile);
}
