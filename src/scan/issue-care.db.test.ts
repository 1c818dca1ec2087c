import type { InjectOptions } from 'fastify';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createPeople } from '../../test/harness/people.ts';
import { admin, ownFault, registration, scanBench, scriptedCheck } from '../../test/harness/scan.ts';
import { SECOND_MS, type UserActor } from '../kernel/index.ts';
import { testServer } from '../platform/http/server-fixture.ts';

const bench = await scanBench();
afterAll(() => bench.close());
const people = createPeople({ db: bench.database.db, clock: bench.clock, cookies: { session: 'sid', secure: false } });

let actor: UserActor = admin;
async function request(method: 'GET' | 'POST', url: string, payload?: object) {
  const app = await testServer(bench.scan.endpoints, {
    authenticate: async () => ({ actor: { ...actor, via: 'token' }, csrfToken: null }),
  });
  const options: InjectOptions = { method, url, ...(payload && { payload }) };
  const response = await app.inject(options);
  await app.close();
  return response;
}
const call = async (method: 'GET' | 'POST', url: string, payload?: object) => {
  const response = await request(method, url, payload);
  return { status: response.statusCode, body: response.json() };
};

const high = scriptedCheck('CHK-01');
const low = scriptedCheck('CHK-02', { priority: 'low', category: 'Network' });
let id: string;
beforeEach(async () => {
  actor = admin;
  high.now = async () => [ownFault('high', '=1+1 "quoted", and more')];
  low.now = async () => [ownFault('low')];
  await bench.begin({ checks: [high, low] });
  await bench.request(registration(1));
  await bench.jobs.drain();
  id = (await call('GET', '/api/issues?check=CHK-01')).body.items[0].id;
});

async function repair(): Promise<void> {
  high.now = async () => [];
  bench.clock.move(30 * SECOND_MS);
  await bench.jobs.drain();
}

test('HLT-13 comments and work notes of an issue stand newest first, with what was done about it', async () => {
  await call('POST', `/api/issues/${id}/activity`, { kind: 'comment', text: 'Who knows this one?' });
  await call('POST', `/api/issues/${id}/mute`, { reason: 'Known.' });
  await call('POST', `/api/issues/${id}/unmute`);
  const { body } = await call('POST', `/api/issues/${id}/activity`, { kind: 'workNote', text: 'Repaired.' });
  expect(body.items.map(({ kind, text, author }: Record<string, string>) => `${author} ${kind}: ${text}`)).toEqual([
    'ada workNote: Repaired.',
    'ada workNote: Shown again.',
    'ada workNote: Muted: Known.',
    'ada comment: Who knows this one?',
  ]);
  expect((await call('GET', `/api/issues/${id}/activity`)).body).toEqual(body);
});

test('HLT-13 nothing is written on an issue that is not there, and no empty text', async () => {
  const nowhere = `/api/issues/iss_${'0'.repeat(32)}/activity`;
  expect((await call('POST', nowhere, { kind: 'comment', text: 'x' })).status).toBe(404);
  expect((await call('GET', nowhere)).status).toBe(404);
  expect((await call('POST', `/api/issues/${id}/activity`, { kind: 'comment', text: '  ' })).status).toBe(422);
});

test('HLT-14 assigning is noted; people list what they take care of', async () => {
  const grace = await people.person({ username: `grace-${id.slice(-4)}` });
  await call('POST', `/api/issues/${id}/assign`, { userId: grace.id });
  const { body } = await call('GET', `/api/issues/${id}/activity`);
  expect(body.items[0].text).toBe(`${grace.username} takes care of it.`);
  expect((await call('GET', '/api/issues?mine=assigned')).body.total).toBe(0);
  actor = { ...admin, id: grace.id };
  expect((await call('GET', '/api/issues?mine=assigned')).body.total).toBe(1);
});

test('HLT-14 who follows an issue is told once when it is resolved, and sees it among the followed', async () => {
  const reader = await people.person({ email: 'reader@provider.example' });
  actor = { ...admin, id: reader.id, roles: new Set(['sn_sb.admin']) };
  expect((await call('POST', `/api/issues/${id}/follow`, { follow: true })).body).toMatchObject({ followed: true });
  await call('POST', `/api/issues/${id}/follow`, { follow: true });
  expect((await call('GET', '/api/issues?mine=followed')).body.items).toMatchObject([{ id, followed: true }]);
  await repair();
  await repair();
  expect(bench.mails).toHaveLength(1);
  const content = await bench.mails[0]?.mail.render(bench.mails[0].payload);
  expect(content).toMatchObject({ to: { address: 'reader@provider.example' }, subject: 'Resolved: summary of CHK-01' });
  expect((await call('POST', `/api/issues/${id}/follow`, { follow: true })).status).toBe(409);
});

test('HLT-14 who follows no more is not told', async () => {
  await call('POST', `/api/issues/${id}/follow`, { follow: true });
  expect((await call('POST', `/api/issues/${id}/follow`, { follow: false })).body).toMatchObject({ followed: false });
  await repair();
  expect(bench.mails).toEqual([]);
});

test('HLT-09 HLT-19 the list is narrowed by category and priority', async () => {
  const ids = async (query: string) =>
    (await call('GET', `/api/issues?${query}`)).body.items.map(({ check }: { check: { id: string } }) => check.id);
  expect(await ids('')).toEqual(['CHK-01', 'CHK-02']);
  expect(await ids('category=Network')).toEqual(['CHK-02']);
  expect(await ids('priority=high')).toEqual(['CHK-01']);
});

test('HLT-15 the report is a spreadsheet of the issues asked for, in which nothing is calculated', async () => {
  const response = await request('GET', '/api/issues/report?priority=high');
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(response.headers['content-disposition']).toContain('issues.csv');
  const [head, row, end] = response.body.split('\r\n');
  expect(head).toContain('"Summary","Status","Priority","Category"');
  expect(row).toContain(`"${id}","summary of CHK-01","open","high"`);
  expect(row).toContain(`"'=1+1 ""quoted"", and more"`);
  expect(end).toBe('');
});

test('HLT-05 the score falls with open issues, and muting does not raise it', async () => {
  const score = async () => (await call('GET', '/api/health/summary')).body.score;
  expect(await score()).toBe(84);
  await call('POST', `/api/issues/${id}/mute`, { reason: 'Known.' });
  expect(await score()).toBe(84);
  await repair();
  expect(await score()).toBe(99);
});

test('HLT-05 there is no score before anything was looked at', async () => {
  await bench.begin({ checks: [high] });
  expect((await call('GET', '/api/health/summary')).body.score).toBeNull();
});
