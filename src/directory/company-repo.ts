import type { Selectable } from 'kysely';
import type { Page, PageQuery } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../platform/db/index.ts';
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

export async function companiesPage(
  db: Db,
  asked: PageQuery & { active: boolean | undefined },
): Promise<Page<Company>> {
  let matching = db.selectFrom('directory.company');
  if (asked.search !== undefined) matching = matching.where('name_key', 'like', containing(asked.search));
  if (asked.active !== undefined) matching = matching.where('active', '=', asked.active);
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();

  let page = matching.selectAll();
  if (asked.after !== undefined) {
    const last = db
      .selectFrom('directory.company')
      .select('name_key')
      .where('id', '=', asked.after as CompanyId);
    page = page.where('name_key', '>', last);
  }
  const rows = await page
    .orderBy('name_key')
    .limit(asked.limit + 1)
    .execute();
  const items = rows.slice(0, asked.limit).map(domain);
  return { items, next: rows.length > asked.limit ? (items.at(-1)?.id ?? null) : null, total };
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
