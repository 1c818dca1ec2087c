import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignedInPerson } from '../../test/harness/people.ts';
import { changeCompany, createCompany, listCompanies, readCompany } from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

let at: OpenedDirectory;
let admin: SignedInPerson;
beforeAll(async () => {
  at = await openDirectory();
  admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
});
afterAll(() => at.close());

const create = (name: string) => at.call(createCompany, { input: { name } }, admin);
const listed = async (query: Parameters<typeof at.call<typeof listCompanies>>[1]['query']) =>
  (await at.call(listCompanies, { query }, admin)).body;

describe('companies', () => {
  test('a company on file can be read, renamed and set inactive', async () => {
    const made = await create(' Umbra <Ltd> ');
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ name: 'Umbra <Ltd>', active: true, createdAt: '2026-01-05T09:00:00.000Z' });
    const params = { id: made.body.id };
    const changed = await at.call(changeCompany, { params, input: { name: 'Umbra Ltd', active: false } }, admin);
    expect(changed.body).toMatchObject({ name: 'Umbra Ltd', active: false });
    expect((await at.call(readCompany, { params }, admin)).body).toEqual(changed.body);
    expect((await listed({ search: 'umbra', active: 'true' })).items).toEqual([]);
    expect((await listed({ search: 'umbra', active: 'false' })).items).toEqual([changed.body]);
  });

  test('a name is taken whatever its case, on creation and on renaming', async () => {
    await create('Zephyr');
    const again = await create('ZEPHYR');
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      type: 'urn:liaise:problem:directory/company-name-taken',
      errors: [{ field: 'name' }],
    });
    const { body: other } = await create('Boreas');
    const renamed = await at.call(changeCompany, { params: { id: other.id }, input: { name: 'zephyr' } }, admin);
    expect(renamed.status).toBe(409);
    expect((await at.call(readCompany, { params: { id: other.id } }, admin)).body.name).toBe('Boreas');
  });

  test.each(['', 'two\nlines', 'x'.repeat(121), 'a\u202Eb'])('the name %j is refused with its field', async (name) => {
    const answer = await create(name);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ field }) => field)).toEqual(['name']);
  });

  test('the list is paged by name without repeating or leaving out a company', async () => {
    const names = ['Page a', 'page B', 'Page c', 'page D', 'Page É'];
    for (const name of [...names].reverse()) await create(name);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await listed({ search: 'page', limit: 2, ...(after !== undefined && { after }) });
      expect(page.total).toBe(5);
      seen.push(...page.items.map(({ name }) => name));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual(names);
  });

  test('wildcards in a search are only characters', async () => {
    await create('100% Cotton');
    await create('100 Cotton');
    expect((await listed({ search: '100%' })).items.map(({ name }) => name)).toEqual(['100% Cotton']);
    expect((await listed({ search: 'c_tton' })).items).toEqual([]);
  });

  test('every change is in the audit', async () => {
    const { body } = await create('Audited');
    await at.call(changeCompany, { params: { id: body.id }, input: { name: 'Audited anew' } }, admin);
    const rows = await at.db
      .selectFrom('audit.entry')
      .selectAll()
      .where('subject', '=', body.id)
      .orderBy('id')
      .execute();
    expect(rows.map((row) => [row.event, row.actor_id, row.outcome])).toEqual([
      ['directory.company-created', admin.id, 'done'],
      ['directory.company-changed', admin.id, 'done'],
    ]);
  });
});
