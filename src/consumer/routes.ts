import { findCompaniesNamed } from '../directory/index.ts';
import { listActivity, writeActivity } from '../link/index.ts';
import { transact } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/endpoint.ts';
import { confirmSafetyNumber } from './confirm-safety-number.ts';
import { startAttempt } from './connect/start-attempt.ts';
import * as contract from './contract.ts';
import type { ConsumerDeps } from './deps.ts';
import { importLink } from './import-link.ts';
import { ProviderConnectionNotFound } from './problems.ts';
import { findProviderConnectionByNumber, pageProviderConnections } from './provider-connection-repo.ts';
import { describe, summarise } from './provider-connection-view.ts';
import { retryProviderConnection } from './retry-provider-connection.ts';
import { saveCompany } from './save-company.ts';

export function consumerEndpoints(deps: ConsumerDeps): Endpoint[] {
  const find = async (number: string) => {
    const record = await findProviderConnectionByNumber(deps.db, number);
    if (record === undefined) throw new ProviderConnectionNotFound(number);
    return record;
  };
  const view = async (number: string) => describe(deps, deps.db, await find(number));

  return [
    endpoint(contract.importRegistrationLink, async (call) =>
      describe(deps, deps.db, await importLink(deps, signedInActor(call), call.input.code)),
    ),
    endpoint(contract.listProviderConnections, async (call) => {
      const companyIds = call.query.search === undefined ? [] : await findCompaniesNamed(deps.db, call.query.search);
      const page = await pageProviderConnections(deps.db, { ...call.query, companyIds });
      return { ...page, items: await summarise(deps.db, page.items) };
    }),
    endpoint(contract.getProviderConnection, async (call) => view(call.params.number)),
    endpoint(contract.saveProviderConnection, async (call) => {
      await saveCompany(deps, signedInActor(call), call.params.number, call.input.companyId);
      return view(call.params.number);
    }),
    endpoint(contract.connectToProvider, async (call) => ({
      authorizationUrl: await startAttempt(deps, signedInActor(call), call.params.number),
    })),
    endpoint(contract.retryProviderConnection, async (call) => {
      await retryProviderConnection(deps, call.params.number);
      return view(call.params.number);
    }),
    endpoint(contract.confirmProviderConnectionSafetyNumber, async (call) => {
      await confirmSafetyNumber(deps, signedInActor(call), call.params.number, call.input.safetyNumber);
      return view(call.params.number);
    }),
    endpoint(contract.listProviderConnectionActivity, async (call) => {
      const { number } = await find(call.params.number);
      const rows = await listActivity(deps.db, number, ['comment', 'workNote']);
      return {
        items: rows.map((row) => ({
          id: row.id,
          kind: row.kind,
          author: row.author,
          text: row.body,
          createdAt: row.created_at.toISOString(),
        })),
      };
    }),
    endpoint(contract.addProviderConnectionActivity, async (call) => {
      const { number } = await find(call.params.number);
      const author = signedInActor(call);
      return transact(deps.db, (tx) => writeActivity(deps, tx, number, { ...call.input, author }));
    }),
  ];
}
