import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlLine } from '../../console/src/api/curl.ts';
import { listAudit } from '../../src/audit/contract.ts';
import { listProviderConnections } from '../../src/consumer/contract.ts';
import { CallRefused } from '../../src/demo/api-caller.ts';
import { type Administrator, becomeFirstAdministrator, PROVIDER_ADMIN } from '../../src/demo/registration-story.ts';
import {
  createApiToken,
  createCompany,
  createUser,
  listApiTokens,
  listCompanies,
  listUsers,
  readSession,
} from '../../src/directory/contract.ts';
import { csvPathOf, type Role, type Route } from '../../src/kernel/index.ts';
import { listMail } from '../../src/platform/mail/contract.ts';
import { listConsumerConnections, listRegistrations, readRegistrationsByMonth } from '../../src/provider/contract.ts';
import { listIssues } from '../../src/scan/contract.ts';
import { listErrors } from '../../src/scan/errors/contract.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';
import { fillLists } from './fill-lists.ts';

let at: TestInstance;
let ada: Administrator;
beforeAll(async () => {
  at = await openTestInstance({ idle: true });
  ada = await becomeFirstAdministrator(at, PROVIDER_ADMIN);
  for (const name of ['Umbra', 'Boreas', 'zephyr', '=cmd|calc', 'Größe "a", b'])
    await ada.api.call(createCompany, { input: { name } });
  for (const username of ['one', 'two', 'three'])
    await ada.api.call(createUser, {
      input: { username, name: `Name of ${username}`, email: null, companyId: null, roles: [] },
    });
  for (const name of ['first', 'second'])
    await ada.api.call(createApiToken, { input: { name, readOnly: true, expiresInDays: 3 } });
  await fillLists(at.instance.open.db);
});
afterAll(() => closeTestInstances());

type Listed = { items: Record<string, unknown>[]; next?: string | null; total?: number };

const ordersOf = (route: Route): string[] =>
  (route.query as unknown as { shape: { sort: { unwrap(): { options: string[] } } } }).shape.sort.unwrap().options;

async function whole(route: Route, query: Record<string, unknown>): Promise<Listed[]> {
  const pages: Listed[] = [];
  let after: string | null | undefined;
  do {
    const page = (await ada.api.call(route, { query: { ...query, ...(after && { after }) } } as never)) as Listed;
    pages.push(page);
    after = page.next;
  } while (after);
  return pages;
}

const idOf = (item: Record<string, unknown>): string => String(item.number ?? item.id);

const paged: readonly (readonly [Route, Record<string, string>])[] = [
  [listRegistrations, {}],
  [listConsumerConnections, {}],
  [listProviderConnections, {}],
  [listCompanies, {}],
  [listUsers, {}],
  [listIssues, { status: 'any', muted: 'any' }],
  [listErrors, {}],
  [listMail, {}],
  [listAudit, {}],
];

describe.each(paged)('$path', (route, filter) => {
  test.each(ordersOf(route))(
    'ordered by %s, page by page holds every row once, and turned round is the reverse',
    async (sort) => {
      const pages = await whole(route, { ...filter, sort, limit: 2 });
      const ids = pages.flatMap(({ items }) => items.map(idOf));
      expect(ids.length).toBeGreaterThan(2);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([ids.length]));
      const turned = sort.startsWith('-') ? sort.slice(1) : `-${sort}`;
      const [reverse] = await whole(route, { ...filter, sort: turned, limit: 200 });
      expect(reverse?.items.map(idOf)).toEqual(ids.toReversed());
    },
  );
});

describe('the order of a list', () => {
  const ordered = async (route: Route, sort: string, member: string) =>
    (await whole(route, { sort, limit: 2 })).flatMap(({ items }) => items.map((item) => item[member]));

  test('is that of the member it names', async () => {
    for (const [route, member] of [
      [listRegistrations, 'url'],
      [listRegistrations, 'state'],
      [listRegistrations, 'updatedAt'],
      [listProviderConnections, 'state'],
      [listCompanies, 'createdAt'],
      [listApiTokens, 'name'],
      [listMail, 'state'],
      [listAudit, 'event'],
    ] as const) {
      const values = (await ordered(route, member, member)).map(String);
      expect(values).toEqual(values.toSorted());
    }
    expect(await ordered(listCompanies, 'name', 'name')).toEqual([
      '=cmd|calc',
      'Boreas',
      'Größe "a", b',
      'Umbra',
      'zephyr',
    ]);
  });

  test('holds while rows change: a row behind the cursor that moves appears neither twice nor not at all', async () => {
    const query = { sort: '-updatedAt', limit: 2 } as const;
    const first = await ada.api.call(listRegistrations, { query });
    const [, last] = first.items;
    await sql`update provider.registration set updated_at = updated_at + interval '1 year'
      where number = ${last?.number}`.execute(at.instance.open.db);
    const rest = await whole(listRegistrations, { ...query, after: first.next });
    const seen = [...first.items.map(idOf), ...rest.flatMap(({ items }) => items.map(idOf))];
    expect(seen.length).toBe(first.total);
    expect(new Set(seen).size).toBe(first.total);
  });

  test('has a fixed vocabulary, and a cursor belongs to one order', async () => {
    const refused = async (query: Record<string, unknown>) => {
      const error = await ada.api.call(listRegistrations, { query } as never).catch((cause: unknown) => cause);
      if (!(error instanceof CallRefused)) throw new Error('it was not refused');
      return [error.status, error.problem.errors?.map(({ field }) => field)];
    };
    expect(await refused({ sort: 'contact_id; drop' })).toEqual([422, ['sort']]);
    const { next } = await ada.api.call(listRegistrations, { query: { limit: 1, sort: 'url' } });
    expect(await refused({ sort: 'state', after: next })).toEqual([422, ['after']]);
    expect(await refused({ sort: 'url', after: 'x' })).toEqual([422, ['after']]);
    const forged = Buffer.from('-number ["REG0001001","more"]').toString('base64url');
    expect(await refused({ after: forged })).toEqual([422, ['after']]);
    for (const value of ['no instant', '2026-99-99 00:00:00+00', 'a\u0000b']) {
      const after = Buffer.from(`updatedAt ${JSON.stringify([value, 'REG0001001'])}`).toString('base64url');
      expect([value, await refused({ sort: 'updatedAt', after })]).toEqual([value, [422, ['after']]]);
    }
  });
});

test('registrations are counted by the month they were saved and the state they are in', async () => {
  const { months } = await ada.api.call(readRegistrationsByMonth, {});
  expect(months).toEqual([{ month: '2026-01', states: { cancelled: 3, 'closed-incomplete': 4 } }]);
});

describe('a list as a spreadsheet', () => {
  const download = async (path: string, headers: Record<string, string> = {}) => {
    const { session } = await asTokenOf(['admin']);
    return fetch(`${at.origin}${path}`, { headers: { authorization: `Bearer ${session}`, ...headers } });
  };
  const linesIn = (text: string) => text.split('\r\n').slice(0, -1);

  test('holds every row of every page, as searched and sorted', async () => {
    const many = Array.from({ length: 230 }, (_, n) => `Many ${String(n).padStart(3, '0')}`);
    await sql`insert into directory.company (id, name, name_key, created_at)
      select 'com_' || md5(name), name, lower(name), '2026-01-05T09:00:00Z' from unnest(${many}::text[]) as name`.execute(
      at.instance.open.db,
    );
    const answer = await download('/api/companies.csv?search=many&sort=-name');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'attachment; filename="companies.csv"',
    ]);
    const [head, ...rows] = linesIn(await answer.text());
    expect(head).toBe('"id","name","active","createdAt"');
    expect(rows.map((row) => row.split('","')[1])).toEqual(many.toReversed());
  });

  test('keeps a formula as text, and quotes, commas and umlauts as they are', async () => {
    const text = await (await download('/api/companies.csv?sort=name')).text();
    expect(text).toContain(`"'=cmd|calc"`);
    expect(text).toContain('"Größe ""a"", b"');
  });

  test('exists for every list, with the numbers its first page shows', async () => {
    for (const [route, filter] of paged) {
      const answer = await download(`${csvPathOf(route)}?${new URLSearchParams(filter)}`);
      expect([route.path, answer.status]).toEqual([route.path, 200]);
      const { total, items } = (await ada.api.call(route, { query: filter } as never)) as Listed;
      const rows = linesIn(await answer.text());
      expect(rows.length - 1).toBe(total);
      expect(rows[1]).toContain(idOf(items[0] ?? {}));
    }
  });

  test('is refused as the list is: without a role, without a sign-in, with an order it does not know', async () => {
    const nobody = await fetch(`${at.origin}/api/registrations.csv`);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get('content-type')).toContain('application/problem+json');
    const { session } = await asTokenOf([]);
    const reader = { authorization: `Bearer ${session}` };
    expect((await fetch(`${at.origin}/api/audit.csv`, { headers: reader })).status).toBe(403);
    const misspelt = await download('/api/registrations.csv?sort=name');
    expect([misspelt.status, misspelt.headers.get('content-disposition')]).toEqual([422, null]);
  });
});

test('the line that the console shows for an action does it: a shell runs it with a token', async () => {
  const { token } = await ada.api.call(createApiToken, { input: { name: 'for a shell', expiresInDays: 1 } });
  const name = `O'Hara "Ltd" $HOME`;
  const line = curlLine(at.origin, { route: createCompany, input: { name } });
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env: { ...process.env, LIAISE_TOKEN: token } });
  expect(createCompany.output.parse(JSON.parse(stdout))).toMatchObject({ name, active: true });
  const search = curlLine(at.origin, { route: listCompanies, query: { search: name } });
  const listed = await promisify(execFile)('sh', ['-c', search], { env: { ...process.env, LIAISE_TOKEN: token } });
  expect(listCompanies.output.parse(JSON.parse(listed.stdout)).items.map((each) => each.name)).toEqual([name]);
});

/** A token of ada's with some of her roles only. */
async function asTokenOf(roles: Role[]): Promise<{ session: string }> {
  const { user } = await ada.api.call(readSession, {});
  const held = roles.filter((role) => user?.roles.includes(role));
  const { token } = await ada.api.call(createApiToken, {
    input: { name: 'for a spreadsheet', roles: held, readOnly: true, expiresInDays: 1 },
  });
  return { session: token };
}
