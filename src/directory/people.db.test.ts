import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SignedInPerson } from '../../test/harness/people.ts';
import type { CallOf, Role } from '../kernel/index.ts';
import { changeUser, createUser, listUsers, readSession, readUser } from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

let at: OpenedDirectory;
/** The first administrator's roles. */
let admin: SignedInPerson;
beforeAll(async () => {
  at = await openDirectory();
  admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
});
afterAll(() => at.close());

const create = (input: CallOf<typeof createUser>['input'], by = admin) => at.call(createUser, { input }, by);
const change = (id: SignedInPerson['id'], input: CallOf<typeof changeUser>['input'], by = admin) =>
  at.call(changeUser, { params: { id }, input }, by);
const rolesOf = async (id: SignedInPerson['id']) => (await at.call(readUser, { params: { id } }, admin)).body.roles;

describe('people', () => {
  test('REG-06 a contact belongs to a company, has an address and roles, and has not signed in yet', async () => {
    const companyId = await at.people.company('Contact Ltd');
    const made = await create({
      username: 'jo',
      name: 'Jo Contact',
      email: 'jo@consumer.example',
      companyId,
      roles: ['sn_sb_pro.consumer'],
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      username: 'jo',
      email: 'jo@consumer.example',
      companyId,
      companyName: 'Contact Ltd',
      roles: ['sn_sb_pro.consumer'],
      active: true,
      hasSignedIn: false,
      lastSignInAt: null,
    });
    expect((await at.call(readUser, { params: { id: made.body.id } }, admin)).body).toEqual(made.body);
  });

  test.each([
    ['username', { username: 'with space' }],
    ['username', { username: 'sb_user_con_1' }],
    ['name', { name: 'two\nlines' }],
    ['name', { name: '\u202Egnp.exe' }],
    ['email', { email: 'jo@example.com\r\nBcc: eve@evil.example' }],
    ['companyId', { companyId: `com_${'0'.repeat(32)}` as never }],
    ['roles.0', { roles: ['root' as Role] }],
    ['password', { password: 'something' }],
  ])('a wrong %s is refused and nobody is created', async (field, wrong) => {
    const answer = await create({ username: 'refused', name: 'Refused', ...wrong });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.field)).toContain(field);
    expect((await at.call(listUsers, { query: { search: 'refused' } }, admin)).body.total).toBe(0);
  });

  test('nobody joins an inactive company', async () => {
    const companyId = await at.people.company();
    await at.db.updateTable('directory.company').set({ active: false }).where('id', '=', companyId).execute();
    expect((await create({ username: 'late', name: 'Late', companyId })).body.errors?.[0]?.field).toBe('companyId');
  });

  test('a username is taken whatever its case', async () => {
    await create({ username: 'Unique', name: 'First' });
    const again = await create({ username: 'uNIQUE', name: 'Second' });
    expect([again.status, again.body.errors?.[0]?.field]).toEqual([409, 'username']);
    const other = await at.people.person();
    expect((await change(other.id, { username: 'UNIQUE' })).status).toBe(409);
  });

  test('the list is filtered by company, role and words, and paged', async () => {
    const companyId = await at.people.company();
    for (const name of ['Ann Filter', 'Ben Filter', 'Cay Filter'])
      await at.people.person({ name, companyId, roles: ['sn_sb_pro.consumer', 'sn_sb.admin'] });
    await at.people.person({ name: 'Dan Filter', companyId });
    await at.people.person({ name: 'Eve Filter', roles: ['sn_sb_pro.consumer'], email: 'eve@filter.example' });
    const names = async (query: CallOf<typeof listUsers>['query']) =>
      (await at.call(listUsers, { query }, admin)).body.items.map(({ name }) => name);
    expect(await names({ companyId })).toEqual(['Ann Filter', 'Ben Filter', 'Cay Filter', 'Dan Filter']);
    expect(await names({ companyId, role: 'sn_sb_pro.consumer' })).toEqual(['Ann Filter', 'Ben Filter', 'Cay Filter']);
    expect(await names({ search: 'FILTER', role: 'sn_sb_pro.consumer' })).toHaveLength(4);
    expect(await names({ search: 'eve@filter' })).toEqual(['Eve Filter']);
    const { body: first } = await at.call(listUsers, { query: { companyId, limit: 3 } }, admin);
    expect([first.total, first.items.length]).toEqual([4, 3]);
    expect(await names({ companyId, limit: 3, after: first.next ?? '' })).toEqual(['Dan Filter']);
  });

  test('a deactivated person loses sessions at once, and is let in again only after setting active', async () => {
    const person = await at.people.signedIn({ roles: ['sn_sb.admin'] });
    const reads = () => at.call(listUsers, { query: {} }, person);
    expect((await reads()).status).toBe(200);
    expect((await change(person.id, { active: false })).body.active).toBe(false);
    expect((await reads()).status).toBe(401);
    await change(person.id, { active: true });
    expect((await reads()).status).toBe(401);
    expect(await at.db.selectFrom('directory.session').selectAll().where('user_id', '=', person.id).execute()).toEqual(
      [],
    );
  });
});

describe('roles', () => {
  test('REG-14 KMF-29 OQ-26 admin with security_admin gives key management roles, to oneself too, effective at once', async () => {
    const officer = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
    const roles: Role[] = ['admin', 'security_admin', 'sn_kmf.admin', 'sn_kmf.cryptographic_manager'];
    const given = await change(officer.id, { roles }, officer);
    expect([given.status, given.body.roles]).toEqual([200, roles]);
    expect((await at.call(readSession, {}, officer)).body.user?.roles).toEqual(roles);
    const rows = await at.db.selectFrom('audit.entry').selectAll().where('subject', '=', officer.id).execute();
    expect(rows.map((row) => [row.event, row.actor_id, row.detail])).toEqual([
      ['directory.role-given', officer.id, { role: 'sn_kmf.admin' }],
      ['directory.role-given', officer.id, { role: 'sn_kmf.cryptographic_manager' }],
    ]);
  });

  test('KMF-30 an administrator alone can neither give nor take a key management role, nor security_admin', async () => {
    const plain = await at.people.signedIn({ roles: ['admin'] });
    const auditor = await at.people.person({ roles: ['sn_kmf.cryptographic_auditor'] });
    for (const role of ['sn_kmf.admin', 'sn_kmf.cryptographic_manager', 'security_admin'] as const) {
      const refused = await change(plain.id, { roles: ['admin', role] }, plain);
      expect([refused.status, refused.body.type]).toEqual([403, 'urn:liaise:problem:directory/role-not-yours-to-give']);
      expect((await create({ username: 'shortcut', name: 'Shortcut', roles: [role] }, plain)).status).toBe(403);
    }
    expect((await change(auditor.id, { roles: [] }, plain)).status).toBe(403);
    expect(await rolesOf(plain.id)).toEqual(['admin']);
    expect(await rolesOf(auditor.id)).toEqual(['sn_kmf.cryptographic_auditor']);
  });

  test('KMF-30 a KMF admin without admin gives key management roles and changes nothing else', async () => {
    const keeper = await at.people.signedIn({ roles: ['sn_kmf.admin'] });
    const person = await at.people.person({ roles: ['sn_sb.admin'] });
    const roles: Role[] = ['sn_sb.admin', 'sn_kmf.cryptographic_manager'];
    expect((await change(person.id, { roles }, keeper)).status).toBe(200);
    expect((await change(person.id, { roles: [...roles, 'admin'] }, keeper)).status).toBe(403);
    expect((await change(person.id, { roles: ['sn_kmf.cryptographic_manager'] }, keeper)).status).toBe(403);
    expect((await change(person.id, { email: 'keeper@evil.example' }, keeper)).status).toBe(403);
    expect((await change(person.id, { active: false }, keeper)).status).toBe(403);
    expect(await rolesOf(person.id)).toEqual(roles);
  });

  test('a taken role is gone with the next request', async () => {
    const person = await at.people.signedIn({ roles: ['sn_sb.admin'] });
    expect((await at.call(listUsers, { query: {} }, person)).status).toBe(200);
    await change(person.id, { roles: [] });
    expect((await at.call(listUsers, { query: {} }, person)).status).toBe(403);
  });

  test('an administrator cannot become somebody who holds more, by username or address', async () => {
    const plain = await at.people.signedIn({ roles: ['admin'] });
    const officer = await at.people.person({ roles: ['security_admin'] });
    for (const input of [{ username: 'taken-over' }, { email: 'plain@evil.example' }]) {
      const refused = await change(officer.id, input, plain);
      expect([refused.status, refused.body.type]).toEqual([403, 'urn:liaise:problem:directory/person-out-of-reach']);
    }
    expect((await change(officer.id, { name: 'Renamed' }, plain)).status).toBe(200);
  });
});

describe('the last of their kind', () => {
  /** Everybody else is inactive: one who can give every role is left. */
  beforeEach(async () => {
    await at.db.updateTable('directory.user').set({ active: false }).execute();
    admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
  });
  const kept = 'urn:liaise:problem:directory/last-administrator';

  test('the last active administrator cannot be deactivated or lose the role', async () => {
    await at.people.person({ roles: ['admin'], active: false });
    for (const input of [{ active: false }, { roles: [] as Role[] }, { roles: ['security_admin' as const] }]) {
      const refused = await change(admin.id, input);
      expect([refused.status, refused.body.type]).toEqual([409, kept]);
    }
    expect((await at.call(readSession, {}, admin)).body.user?.active).toBe(true);
  });

  test('nor does the last who can give security_admin, while another administrator remains', async () => {
    const other = await at.people.signedIn({ roles: ['admin'] });
    expect((await change(admin.id, { active: false }, other)).body.type).toBe(kept);
    expect((await change(admin.id, { roles: ['admin'] })).body.type).toBe(kept);
    expect((await change(other.id, { roles: ['admin', 'security_admin'] })).status).toBe(200);
    expect((await change(admin.id, { active: false }, other)).status).toBe(200);
  });

  test('two administrators who deactivate each other at once leave one', async () => {
    const other = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
    const answers = await Promise.all([
      change(other.id, { active: false }),
      change(admin.id, { active: false }, other),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});
