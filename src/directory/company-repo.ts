import type { Selectable } from 'kysely';
import type { Page, PageQuery, Sort } from '../kernel/index.ts';
import { type Database, type Db, instantKey, sortedPage, type Tx, textKey } from '../platform/db/index.ts';
import type { Company, CompanyId } from './company.ts';
import { foldCase } from './plain-line.ts';
import { containing } from './search-pattern.ts';
import './tables.ts';

const domain = (row: Selectable<Database['directory.company']>): Company => ({
  id: row.id,
  name: row.name,
  active: row.active,
  createdAt: row.created_at,
});

export async function findCompany(db: Db, id: CompanyId): Promise<Company | null> {
  const row = await db.selectFrom('directory.company').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : domain(row);
}

/** Ids of the companies whose name contains the text, at most 200: for the searches of other rooms' lists. */
export async function findCompaniesNamed(db: Db, text: string): Promise<CompanyId[]> {
  const rows = await db
    .selectFrom('directory.company')
    .select('id')
    .where('name_key', 'like', containing(text))
    .limit(200)
    .execute();
  return rows.map(({ id }) => id);
}

/** Those of these companies that are on file, by their id. */
export async function findCompanies(db: Db, ids: readonly CompanyId[]): Promise<Map<CompanyId, Company>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('directory.company').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, domain(row)]));
}

const orders = {
  name: [textKey('name_key')],
  createdAt: [instantKey('created_at'), textKey('id')],
} as const;

type CompaniesAsked = PageQuery & { readonly active: boolean | undefined; readonly sort: Sort<keyof typeof orders> };

export async function companiesPage(db: Db, asked: CompaniesAsked): Promise<Page<Company>> {
  let matching = db.selectFrom('directory.company').selectAll();
  if (asked.search !== undefined) matching = matching.where('name_key', 'like', containing(asked.search));
  if (asked.active !== undefined) matching = matching.where('active', '=', asked.active);
  const page = await sortedPage(matching, orders, asked);
  return { ...page, items: page.items.map(domain) };
}

/** Throws a unique violation of `company_name_key` when the name is taken. */
export async function insertCompany(tx: Tx, company: Company): Promise<void> {
  await tx
    .insertInto('directory.company')
    .values({
      id: company.id,
      name: company.name,
      name_key: foldCase(company.name),
      active: company.active,
      created_at: company.createdAt,
    })
    .execute();
}

/** Throws a unique violation of `company_name_key` when the name is taken. */
export async function updateCompany(tx: Tx, company: Company): Promise<void> {
  await tx
    .updateTable('directory.company')
    .set({ name: company.name, name_key: foldCase(company.name), active: company.active })
    .where('id', '=', company.id)
    .execute();
}
