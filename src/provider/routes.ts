import { findCompaniesNamed, findCompany } from '../directory/index.ts';
import { NotFound, type UserActor } from '../kernel/index.ts';
import { type ConnectionId, describeConnection, findConnection, writeActivity } from '../link/index.ts';
import { transact } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/endpoint.ts';
import {
  type ConsumerConnection,
  findConsumerConnection,
  pageConsumerConnections,
} from './consumer-connection-repo.ts';
import * as contract from './contract.ts';
import type { ProviderDeps } from './deps.ts';
import { ConsumerConnectionNotFound } from './problems.ts';
import { findProvider, type ProviderRecord } from './provider-repo.ts';
import { cancelRegistration } from './registration/cancel-registration.ts';
import { changeContact } from './registration/change-contact.ts';
import { confirmSafetyNumber } from './registration/confirm-safety-number.ts';
import { findReadable, readsAll } from './registration/find-readable.ts';
import type { IssueLinkDeps } from './registration/issue-link.ts';
import { regenerateLink } from './registration/regenerate-link.ts';
import { readRegistrationActivity } from './registration/registration-activity.ts';
import { countByMonth } from './registration/registration-history-repo.ts';
import { findRegistration, pageRegistrations } from './registration/registration-repo.ts';
import { describe, summarise } from './registration/registration-view.ts';
import { retryRegistration } from './registration/retry-registration.ts';
import { saveRegistration } from './registration/save-registration.ts';
import { setUpProviderRecord } from './set-up-provider.ts';

type Deps = ProviderDeps & IssueLinkDeps;

const MONTHS_SHOWN = 12;

export function providerEndpoints(deps: Deps): Endpoint[] {
  const view = async (actor: UserActor, number: string) =>
    describe(deps, deps.db, await findReadable(deps.db, actor, number));

  return [
    endpoint(contract.getProvider, async () => {
      const record = await findProvider(deps.db);
      return { provider: record === undefined ? null : providerView(record) };
    }),
    endpoint(contract.setUpProvider, async (call) =>
      providerView(await setUpProviderRecord(deps, signedInActor(call), call.input.name)),
    ),
    endpoint(contract.listRegistrations, async (call) => {
      const actor = signedInActor(call);
      const companyIds = call.query.search === undefined ? [] : await findCompaniesNamed(deps.db, call.query.search);
      const page = await pageRegistrations(deps.db, {
        ...call.query,
        companyIds,
        contactId: readsAll(actor) ? undefined : actor.id,
      });
      return { ...page, items: await summarise(deps.db, page.items) };
    }),
    endpoint(contract.readRegistrationsByMonth, async () => {
      const counts = await countByMonth(deps.db, MONTHS_SHOWN);
      const months = [...new Set(counts.map(({ month }) => month))].map((month) => {
        const here = counts.filter((each) => each.month === month);
        return { month, states: Object.fromEntries(here.map(({ state, count }) => [state, count])) };
      });
      return { months };
    }),
    endpoint(contract.getRegistration, async (call) => view(signedInActor(call), call.params.number)),
    endpoint(contract.saveRegistration, async (call) =>
      describe(deps, deps.db, await saveRegistration(deps, signedInActor(call), call.input)),
    ),
    endpoint(contract.changeRegistration, async (call) => {
      await changeContact(deps, signedInActor(call), call.params.number, call.input);
      return view(signedInActor(call), call.params.number);
    }),
    endpoint(contract.cancelRegistration, async (call) => {
      await cancelRegistration(deps, signedInActor(call), call.params.number);
      return view(signedInActor(call), call.params.number);
    }),
    endpoint(contract.regenerateLink, async (call) => {
      await regenerateLink(deps, signedInActor(call), call.params.number);
      return view(signedInActor(call), call.params.number);
    }),
    endpoint(contract.retryRegistration, async (call) => {
      await retryRegistration(deps, call.params.number);
      return view(signedInActor(call), call.params.number);
    }),
    endpoint(contract.confirmRegistrationSafetyNumber, async (call) => {
      await confirmSafetyNumber(deps, signedInActor(call), call.params.number, call.input.safetyNumber);
      return view(signedInActor(call), call.params.number);
    }),
    endpoint(contract.listRegistrationActivity, async (call) => ({
      items: await readRegistrationActivity(deps, signedInActor(call), call.params.number),
    })),
    endpoint(contract.addRegistrationActivity, async (call) => {
      const author = signedInActor(call);
      const registration = await findReadable(deps.db, author, call.params.number);
      return transact(deps.db, (tx) => writeActivity(deps, tx, registration.number, { ...call.input, author }));
    }),
    endpoint(contract.listConsumerConnections, async (call) => {
      const page = await pageConsumerConnections(deps.db, call.query);
      return { ...page, items: await Promise.all(page.items.map((item) => connectionView(deps, item))) };
    }),
    endpoint(contract.getConsumerConnection, async (call) => {
      const found = await findConsumerConnection(deps.db, call.params.number);
      if (found === undefined)
        throw new ConsumerConnectionNotFound(`There is no consumer connection ${call.params.number}.`);
      return connectionView(deps, found);
    }),
  ];
}

const providerView = (record: ProviderRecord) => ({
  name: record.name,
  createdAt: record.created_at.toISOString(),
  updatedAt: record.updated_at.toISOString(),
});

async function connectionView(deps: Deps, row: ConsumerConnection) {
  const company = await findCompany(deps.db, row.company_id);
  const registration = await findRegistration(deps.db, row.registration_id);
  const connection = await findConnection(deps.db, row.connection_id as ConnectionId);
  if (registration === undefined || connection === undefined)
    throw new NotFound(`The records of ${row.number} are incomplete.`);
  return {
    number: row.number,
    company: { id: row.company_id, name: company?.name ?? '(deleted)' },
    registration: registration.number,
    connection: await describeConnection(deps.db, deps.ownFingerprint, connection),
  };
}
