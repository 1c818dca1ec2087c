import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SignedInPerson } from '../../test/harness/people.ts';
import type { CallOf, Role } from '../kernel/index.ts';
import {
  changePassword,
  changeUser,
  createApiToken,
  createCompany,
  deleteApiToken,
  listApiTokens,
  listUsers,
  readSession,
  signOut,
} from './contract.ts';
import { type OpenedDirectory, openDirectory } from './directory-fixture.ts';

const DAY = 24 * 60 * 60 * 1000;

let at: OpenedDirectory;
let admin: SignedInPerson;
beforeAll(async () => {
  at = await openDirectory();
  admin = await at.people.signedIn({ roles: ['admin', 'security_admin'] });
});
afterAll(() => at.close());

const make = (by: SignedInPerson, input: Partial<CallOf<typeof createApiToken>['input']> = {}) =>
  at.call(createApiToken, { input: { name: 'script', ...input } }, by);
const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const person = (...roles: Role[]) => at.people.signedIn({ roles });
let counter = 0;
const addCompany = (caller: { headers: Record<string, string> }) =>
  at.call(createCompany, { input: { name: `By token ${counter++}` } }, caller);

describe('an API token', () => {
  test('acts for its person without cookie or CSRF token, is shown once and kept as a hash', async () => {
    const owner = await person('admin');
    const { status, body } = await make(owner);
    expect(status).toBe(201);
    expect(body.token).toMatch(/^lia_[\w-]{43}$/);
    expect(body).toMatchObject({ roles: ['admin'], readOnly: false, expiresAt: '2026-04-05T09:00:00.000Z' });
    expect((await addCompany(bearing(body.token))).status).toBe(201);
    const session = (await at.call(readSession, {}, bearing(body.token))).body;
    expect([session.user?.id, session.csrfToken]).toEqual([owner.id, null]);
    const stored = [
      await at.db.selectFrom('directory.api_token').selectAll().execute(),
      await at.db.selectFrom('audit.entry').selectAll().execute(),
      (await at.call(listApiTokens, { query: {} }, owner)).body,
    ];
    expect(JSON.stringify(stored)).not.toContain(body.token);
  });

  test('holds only the roles it was made with, and of those only what its person still holds', async () => {
    const owner = await person('admin', 'sn_sb.admin');
    const token = (await make(owner, { roles: ['sn_sb.admin'] })).body.token;
    expect((await at.call(listUsers, { query: {} }, bearing(token))).status).toBe(200);
    expect((await addCompany(bearing(token))).status).toBe(403);
    await at.call(changeUser, { params: { id: owner.id }, input: { roles: ['admin'] } }, admin);
    expect((await at.call(listUsers, { query: {} }, bearing(token))).status).toBe(403);
    const foreign = await make(owner, { roles: ['security_admin'] });
    expect([foreign.status, foreign.body.errors?.[0]?.field]).toEqual([422, 'roles']);
  });

  test('that is read-only reads and changes nothing', async () => {
    const { token } = (await make(await person('admin'), { readOnly: true })).body;
    expect((await at.call(listUsers, { query: {} }, bearing(token))).status).toBe(200);
    const refused = await addCompany(bearing(token));
    expect([refused.status, refused.body.type]).toEqual([403, 'urn:liaise:problem:directory/token-read-only']);
  });

  test('expires when it says', async () => {
    const owner = await person('admin');
    const { token } = (await make(owner, { expiresInDays: 1 })).body;
    for (const expiresInDays of [0, 366, 1.5]) expect((await make(owner, { expiresInDays })).status).toBe(422);
    at.pass(DAY - 1);
    expect((await addCompany(bearing(token))).status).toBe(201);
    at.pass(1);
    expect((await addCompany(bearing(token))).status).toBe(401);
    admin = await person('admin', 'security_admin');
  });

  test('stops working at once when it is deleted, by its person only', async () => {
    const owner = await person('admin');
    const { id, token } = (await make(owner)).body;
    expect((await at.call(deleteApiToken, { params: { id } }, admin)).status).toBe(404);
    expect((await addCompany(bearing(token))).status).toBe(201);
    expect((await at.call(deleteApiToken, { params: { id } }, owner)).status).toBe(200);
    expect((await addCompany(bearing(token))).status).toBe(401);
    expect((await at.call(listApiTokens, { query: {} }, owner)).body.items).toEqual([]);
  });

  test('dies at once with its person\u2019s deactivation and does not come back with them', async () => {
    const owner = await person('admin');
    const { token } = (await make(owner)).body;
    await at.call(changeUser, { params: { id: owner.id }, input: { active: false } }, admin);
    expect((await addCompany(bearing(token))).status).toBe(401);
    await at.call(changeUser, { params: { id: owner.id }, input: { active: true } }, admin);
    expect((await addCompany(bearing(token))).status).toBe(401);
  });

  test('cannot make tokens, change the password or sign out', async () => {
    const { token } = (await make(await person('admin'))).body;
    const needed = 'urn:liaise:problem:directory/session-needed';
    const input = { newPassword: 'another horse battery' };
    expect((await at.call(createApiToken, { input: { name: 'child' } }, bearing(token))).body.type).toBe(needed);
    expect((await at.call(changePassword, { input }, bearing(token))).body.type).toBe(needed);
    expect((await at.call(signOut, {}, bearing(token))).body.type).toBe(needed);
  });

  test('that is wrong is not helped by a good cookie beside it', async () => {
    const owner = await person('admin');
    for (const authorization of ['Bearer lia_wrong', 'Bearer ', 'bearer something-else'])
      expect((await addCompany({ headers: { ...owner.headers, authorization } })).status).toBe(401);
    expect((await addCompany({ headers: { ...owner.headers, authorization: 'Basic cHJveHk6eA==' } })).status).toBe(201);
  });

  test('shows its owner when it was last used', async () => {
    const owner = await person('admin');
    const { token } = (await make(owner)).body;
    const lastUsed = async () => (await at.call(listApiTokens, { query: {} }, owner)).body.items[0]?.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await addCompany(bearing(token));
    expect(await lastUsed()).toBe(at.clock.now().toISOString());
  });

  test('is one of fifty at most', async () => {
    const owner = await person('admin');
    const wanted = Array.from({ length: 50 }, (_, index) => index);
    for (const index of wanted) {
      await at.db
        .insertInto('directory.api_token')
        .values({
          id: `tok_${String(index).padStart(32, '0')}` as never,
          token_hash: `hash ${index}`,
          user_id: owner.id,
          name: 'one of many',
          roles: '',
          read_only: true,
          created_at: at.clock.now(),
          expires_at: at.clock.now(),
          last_used_at: null,
        })
        .execute();
    }
    expect((await make(owner)).body.type).toBe('urn:liaise:problem:directory/too-many-api-tokens');
  });
});
