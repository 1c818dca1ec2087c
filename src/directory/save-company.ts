import { recordAudit } from '../audit/index.ts';
import { type Clock, NotFound, type Random, type UserActor } from '../kernel/index.ts';
import { type Db, isUniqueViolation, transact } from '../platform/db/index.ts';
import { type Company, type CompanyId, companyId } from './company.ts';
import { findCompany, insertCompany, updateCompany } from './company-repo.ts';
import { CompanyNameTaken } from './problems.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random };

/** Throws CompanyNameTaken. */
export async function createCompany(deps: Deps, actor: UserActor, input: { name: string }): Promise<Company> {
  const company: Company = {
    id: companyId.create(deps.random),
    name: input.name,
    active: true,
    createdAt: deps.clock.now(),
  };
  return transact(deps.db, async (tx) => {
    await insertCompany(tx, company);
    await recordAudit(tx, { event: 'directory.company-created', actor, subject: company.id, clock: deps.clock });
    return company;
  }).catch(nameTaken);
}

/** Throws NotFound, CompanyNameTaken. */
export async function changeCompany(
  deps: Deps,
  actor: UserActor,
  id: CompanyId,
  input: { name?: string | undefined; active?: boolean | undefined },
): Promise<Company> {
  return transact(deps.db, async (tx) => {
    const company = await findCompany(tx, id);
    if (company === null) throw noSuchCompany();
    const changed = { ...company, name: input.name ?? company.name, active: input.active ?? company.active };
    const fields = (['name', 'active'] as const).filter((field) => changed[field] !== company[field]);
    if (fields.length === 0) return company;
    await updateCompany(tx, changed);
    await recordAudit(tx, {
      event: 'directory.company-changed',
      actor,
      subject: id,
      detail: { fields, active: changed.active },
      clock: deps.clock,
    });
    return changed;
  }).catch(nameTaken);
}

export const noSuchCompany = () =>
  new NotFound('There is no company with this id. Choose one from the list of companies.');

function nameTaken(error: unknown): never {
  throw isUniqueViolation(error, 'company_name_key') ? new CompanyNameTaken() : error;
}
