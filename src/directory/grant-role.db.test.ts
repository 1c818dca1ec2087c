import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { createPeople, type People } from '../../test/harness/people.ts';
import { system, type UserId } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { findContact, grantRole, holdsRole, takeBackRole } from './index.ts';

const clock = { now: () => new Date('2026-01-05T09:00:00Z') };
const role = 'sn_sb_pro.consumer';
let database: TestDatabase;
let people: People;
beforeAll(async () => {
  database = await testDatabase();
  people = createPeople({ db: database.db, clock, cookies: { session: 'sid', secure: false } });
});
afterAll(() => database.drop());

const give = (userId: UserId, because: string) =>
  transact(database.db, (tx) => grantRole(tx, { userId, role, actor: system('test'), because, clock }));
const takeBack = (userId: UserId, because: string) =>
  transact(database.db, (tx) => takeBackRole(tx, { userId, role, actor: system('test'), because, clock }));
const holds = (userId: UserId) => holdsRole(database.db, userId, role);

test('OQ-05 what a registration granted it takes back, and both are in the audit', async () => {
  const { id } = await people.person();
  expect(await give(id, 'REG0001001')).toBe(true);
  expect(await holds(id)).toBe(true);
  expect((await findContact(database.db, id))?.roles).toEqual([role]);
  expect(await takeBack(id, 'REG0001001')).toBe(true);
  expect(await holds(id)).toBe(false);
  const rows = await database.db
    .selectFrom('audit.entry')
    .selectAll()
    .where('subject', '=', id)
    .orderBy('id')
    .execute();
  expect(rows.map(({ event, detail }) => [event, detail])).toEqual([
    ['directory.role-given', { role, because: 'REG0001001' }],
    ['directory.role-taken', { role, because: 'REG0001001' }],
  ]);
});

test('OQ-05 it does not take back what an administrator had given', async () => {
  const { id } = await people.person({ roles: [role] });
  expect(await give(id, 'REG0001002')).toBe(false);
  expect(await takeBack(id, 'REG0001002')).toBe(false);
  expect(await holds(id)).toBe(true);
});

test('OQ-05 of two registrations that need the role, the last one to let go takes it', async () => {
  const { id } = await people.person();
  expect([await give(id, 'REG0001003'), await give(id, 'REG0001004'), await give(id, 'REG0001004')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await takeBack(id, 'REG0001003')).toBe(false);
  expect(await holds(id)).toBe(true);
  expect(await takeBack(id, 'REG0001004')).toBe(true);
  expect(await takeBack(id, 'REG0001004')).toBe(false);
  expect(await holds(id)).toBe(false);
});

test('a role of somebody inactive counts for nothing', async () => {
  const { id } = await people.person({ roles: [role], active: false });
  expect(await holds(id)).toBe(false);
  expect(await findContact(database.db, id)).toMatchObject({ active: false, roles: [role] });
});

test('nobody is found under an id that is not there', async () => {
  expect(await findContact(database.db, `usr_${'0'.repeat(32)}` as UserId)).toBeNull();
});
