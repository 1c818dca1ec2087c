import { type CompanyId, findCompany } from '../directory/index.ts';
import { InvalidInput, nextState, type UserActor } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { consumerEvent } from './consumer-events.ts';
import type { ConsumerDeps } from './deps.ts';
import { ProviderConnectionNotFound, ProviderConnectionStateProblem } from './problems.ts';
import { providerConnectionMachine, providerConnectionStates } from './provider-connection.ts';
import {
  findProviderConnectionByNumber,
  lockProviderConnection,
  moveProviderConnection,
  updateProviderConnection,
} from './provider-connection-repo.ts';
import { requestValidation } from './request-validation.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes'>;

/** Saves the company that stands for the provider; that starts the validation (CON-04, CON-05). */
export async function saveCompany(deps: Deps, actor: UserActor, number: string, company: CompanyId): Promise<void> {
  await transact(deps.db, async (tx) => {
    const found = await findProviderConnectionByNumber(tx, number);
    const record = found && (await lockProviderConnection(tx, found.id));
    if (record === undefined) throw new ProviderConnectionNotFound(number);
    if (!(await findCompany(tx, company))?.active)
      throw InvalidInput.field('companyId', 'Select a company that is on file.');
    const to = nextState(providerConnectionMachine, record.state, 'company-saved');
    if (to === undefined) {
      throw new ProviderConnectionStateProblem(
        `${number} is ${providerConnectionStates[record.state].label}; its company cannot be changed now. Nothing was changed.`,
      );
    }
    const now = deps.clock.now();
    await moveProviderConnection(tx, record.id, record.state, to, now);
    await updateProviderConnection(tx, record.id, { company_id: company }, now);
    await consumerEvent(deps, tx, 'company-saved', { actor, number, detail: { company } });
    await requestValidation(deps, tx, record);
    await deps.changes.publish(tx, number);
  });
}
