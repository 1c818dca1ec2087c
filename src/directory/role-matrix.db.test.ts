import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallOf, type Role, type Route, roleNames } from '../kernel/index.ts';
import * as contract from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

let at: OpenedDirectory;
beforeAll(async () => {
  at = await openDirectory();
  await at.people.person({ roles: ['admin', 'security_admin'] });
});
afterAll(() => at.close());

const statusFor = async <R extends Route>(route: R, sent: CallOf<R>, roles: readonly Role[]): Promise<number> =>
  (await at.call(route, sent, { headers: (await at.people.signedIn({ roles })).headers })).status;

/** Which single roles a route lets in; everybody else gets 403, and nobody signed in 401. */
async function letIn<R extends Route>(route: R, sent: () => Promise<CallOf<R>>): Promise<Role[]> {
  expect((await at.call(route, await sent())).status).toBe(401);
  expect(await statusFor(route, await sent(), [])).toBe(403);
  const allowed: Role[] = [];
  for (const role of roleNames) {
    const status = await statusFor(route, await sent(), [role]);
    if (status === route.status) allowed.push(role);
    else expect(status, role).toBe(403);
  }
  return allowed;
}

const one = (type: 'com' | 'usr', seed: string) => `${type}_${seed.repeat(32)}`;

describe('who may use the directory', () => {
  test('reading companies and people takes admin, sn_sb.admin or sn_kmf.admin', async () => {
    const readers: Role[] = ['admin', 'sn_sb.admin', 'sn_kmf.admin'];
    const company = await at.people.company();
    const somebody = await at.people.person();
    expect(await letIn(contract.listCompanies, async () => ({ query: {} }))).toEqual(readers);
    expect(await letIn(contract.readCompany, async () => ({ params: { id: company } }))).toEqual(readers);
    expect(await letIn(contract.listUsers, async () => ({ query: {} }))).toEqual(readers);
    expect(await letIn(contract.readUser, async () => ({ params: { id: somebody.id } }))).toEqual(readers);
  });

  test('ROL-01 putting companies and people on file and changing them takes admin', async () => {
    const company = await at.people.company();
    const somebody = await at.people.person();
    let counter = 0;
    const fresh = () => `new-${counter++}`;
    expect(await letIn(contract.createCompany, async () => ({ input: { name: fresh() } }))).toEqual(['admin']);
    expect(
      await letIn(contract.changeCompany, async () => ({ params: { id: company }, input: { name: fresh() } })),
    ).toEqual(['admin']);
    expect(await letIn(contract.createUser, async () => ({ input: { username: fresh(), name: 'New' } }))).toEqual([
      'admin',
    ]);
    expect(
      await letIn(contract.changeUser, async () => ({ params: { id: somebody.id }, input: { name: fresh() } })),
    ).toEqual(['admin']);
    expect(await letIn(contract.createSignInLink, async () => ({ params: { id: somebody.id } }))).toEqual(['admin']);
  });

  test('ROL-02 a contact with only the consumer role reads itself and nobody else', async () => {
    const contact = await at.people.signedIn({ roles: ['sn_sb_pro.consumer'], companyId: await at.people.company() });
    const other = await at.people.person();
    const itself = await at.call(contract.readUser, { params: { id: contact.id } }, contact);
    expect(itself.status).toBe(200);
    expect(itself.body).toMatchObject({ id: contact.id, roles: ['sn_sb_pro.consumer'] });
    expect((await at.call(contract.readUser, { params: { id: other.id } }, contact)).status).toBe(403);
    expect((await at.call(contract.readUser, { params: { id: one('usr', 'a') as never } }, contact)).status).toBe(403);
  });

  test('everybody signed in reads what roles mean and who gives them', async () => {
    expect((await at.call(contract.listRoles, {})).status).toBe(401);
    const { body } = await at.call(contract.listRoles, {}, await at.people.signedIn({ roles: ['admin'] }));
    expect(body.items.map(({ name }) => name)).toEqual(roleNames);
    expect(body.items.filter(({ youMayGive }) => youMayGive).map(({ name }) => name)).toEqual([
      'admin',
      'sn_sb.admin',
      'sn_sb_pro.consumer',
    ]);
    expect(body.items.find(({ name }) => name === 'sn_kmf.cryptographic_manager')).toMatchObject({
      givenBy: [['sn_kmf.admin'], ['admin', 'security_admin']],
    });
  });

  test('a company that is not there is not found', async () => {
    const admin = await at.people.signedIn({ roles: ['admin'] });
    const id = one('com', 'b') as never;
    expect((await at.call(contract.readCompany, { params: { id } }, admin)).status).toBe(404);
    expect((await at.call(contract.changeCompany, { params: { id }, input: { active: false } }, admin)).status).toBe(
      404,
    );
  });
});
