import type { InjectOptions } from 'fastify';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createPeople } from '../../test/harness/people.ts';
import { admin, ownFault, peerFault, registration, scanBench, scriptedCheck } from '../../test/harness/scan.ts';
import { SECOND_MS, type UserActor } from '../kernel/index.ts';
import { testServer } from '../platform/http/server-fixture.ts';

const bench = await scanBench();
afterAll(() => bench.close());

const low = scriptedCheck('CHK-01', { priority: 'low' });
const critical = scriptedCheck('CHK-02', { priority: 'critical' });
const peer = scriptedCheck('NET-01', { peer: true, subjects: ['registration'] });

let actor: UserActor = admin;
async function call(method: 'GET' | 'POST', url: string, payload?: object) {
  const app = await testServer(bench.scan.endpoints, {
    authenticate: async () => ({ actor: { ...actor, via: 'token' }, csrfToken: null }),
  });
  const options: InjectOptions = { method, url, ...(payload && { payload }) };
  const response = await app.inject(options);
  await app.close();
  return { status: response.statusCode, body: response.json() };
}

beforeEach(async () => {
  actor = admin;
  low.now = async () => [ownFault('low')];
  critical.now = async () => [ownFault('critical', 'A grave fault, 100%.')];
  peer.now = async ({ subject }) => [peerFault(subject)];
  await bench.begin({ checks: [low, critical, peer] });
  for (const number of [1, 2]) {
    await bench.request(registration(number));
    await bench.jobs.drain();
    bench.clock.move(SECOND_MS);
  }
});

const idsOf = (body: { items: { check: { id: string } }[] }) => body.items.map(({ check }) => check.id);

test('HLT-02 REG-52 the failed checks of a registration are listed as issues with steps to solve them', async () => {
  const { body } = await call('GET', '/api/issues?subject=REG0001001');
  expect(idsOf(body)).toEqual(['CHK-02', 'NET-01', 'CHK-01']);
  expect(body.items[0]).toMatchObject({ summary: 'summary of CHK-02', remedy: 'Set it up.', who: 'An administrator' });
  expect(body.items[0].subjects.map(({ label }: { label: string }) => label)).toEqual(['REG0001001', 'REG0001002']);
});

test('issues are filtered by record, suite, check, priority and words', async () => {
  const total = async (query: string) => (await call('GET', `/api/issues?${query}`)).body.total;
  expect(await total('')).toBe(4);
  expect(await total('subject=reg_2')).toBe(3);
  expect(await total('subject=nobody')).toBe(0);
  expect(await total('suite=pre-onboarding')).toBe(4);
  expect(await total('suite=other')).toBe(0);
  expect(await total('check=NET-01')).toBe(2);
  expect(await total('priority=low')).toBe(1);
  expect(await total('search=100%25')).toBe(1);
  expect(await total('search=50%25')).toBe(0);
  expect(await total('status=resolved')).toBe(0);
});

test('pages follow each other without gap or repetition', async () => {
  const seen: string[] = [];
  let after = '';
  for (let pages = 0; pages < 4; pages += 1) {
    const { body } = await call('GET', `/api/issues?limit=1${after}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    after = `&after=${body.next}`;
    if (pages === 3) expect(body.next).toBeNull();
  }
  expect(new Set(seen).size).toBe(4);
  const { body } = await call('GET', '/api/issues');
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual(seen);
});

test('REG-57 a muted issue leaves the list, and can be found and shown again', async () => {
  const { body: list } = await call('GET', '/api/issues?check=CHK-02');
  const { id } = list.items[0];
  expect((await call('POST', `/api/issues/${id}/mute`, { reason: ' ' })).status).toBe(422);
  const muted = await call('POST', `/api/issues/${id}/mute`, { reason: 'Known.' });
  expect(muted.body).toMatchObject({ muted: true, mutedReason: 'Known.', status: 'open' });
  expect(idsOf((await call('GET', '/api/issues')).body)).not.toContain('CHK-02');
  expect(idsOf((await call('GET', '/api/issues?muted=only')).body)).toEqual(['CHK-02']);
  expect((await call('GET', '/api/health/summary')).body).toMatchObject({ total: 3, muted: 1 });
  expect((await call('POST', `/api/issues/${id}/unmute`)).body).toMatchObject({ muted: false });
});

test('HLT-03 Validate & Resolve answers in words, and a resolved issue takes no change', async () => {
  const { body: list } = await call('GET', '/api/issues?check=CHK-02');
  const { id } = list.items[0];
  const still = await call('POST', `/api/issues/${id}/validate`);
  expect(still.body).toMatchObject({
    outcome: 'still-there',
    message: 'The fault is still there: A grave fault, 100%.',
    finding: { message: 'A grave fault, 100%.' },
  });
  critical.now = async () => [];
  const gone = await call('POST', `/api/issues/${id}/validate`);
  expect(gone.body).toMatchObject({ outcome: 'resolved', finding: null, issue: { status: 'resolved' } });
  expect(idsOf((await call('GET', '/api/issues')).body)).not.toContain('CHK-02');
  const late = await call('POST', `/api/issues/${id}/mute`, { reason: 'Too late.' });
  expect([late.status, late.body.type]).toEqual([409, 'urn:liaise:problem:scan/issue-resolved']);
});

test('an issue is assigned to an active person only', async () => {
  const people = createPeople({
    db: bench.database.db,
    clock: bench.clock,
    cookies: { session: 'sid', secure: false },
  });
  const [grace, left] = [await people.person({ username: 'grace' }), await people.person({ active: false })];
  const { id } = (await call('GET', '/api/issues')).body.items[0];
  const assigned = await call('POST', `/api/issues/${id}/assign`, { userId: grace.id });
  expect(assigned.body.assignedTo).toMatchObject({ id: grace.id, username: 'grace' });
  expect((await call('POST', `/api/issues/${id}/assign`, { userId: left.id })).status).toBe(422);
  expect((await call('GET', `/api/issues/${id}`)).body.assignedTo.username).toBe('grace');
  expect((await call('POST', `/api/issues/${id}/assign`, { userId: null })).body.assignedTo).toBeNull();
});

test('SUI-01 SCN-02 a suite is listed and run by hand, without the checks that judge one record', async () => {
  const { status, body } = await call('POST', '/api/scan/suites/pre-onboarding/runs', { side: 'provider' });
  expect(status).toBe(202);
  await bench.jobs.drain();
  const { body: run } = await call('GET', `/api/scan/runs/${body.id}`);
  expect(run).toMatchObject({ status: 'complete', outcome: 'failed', subject: { kind: 'instance' } });
  expect(run.checks.map(({ id }: { id: string }) => id)).toEqual(['CHK-01', 'CHK-02']);
  const { body: suites } = await call('GET', '/api/scan/suites');
  expect(suites.items[0]).toMatchObject({ name: 'pre-onboarding', lastRun: { id: body.id } });
  expect(suites.items[0].checks).toHaveLength(3);
  expect((await call('POST', '/api/scan/suites/none/runs', { side: 'provider' })).status).toBe(404);
});

test('SCN-02 issues that a run by hand found resolve by themselves once the cause is gone', async () => {
  await call('POST', '/api/scan/suites/pre-onboarding/runs', { side: 'consumer' });
  await bench.jobs.drain();
  low.now = critical.now = peer.now = async () => [];
  bench.clock.move(30 * SECOND_MS);
  await bench.jobs.drain();
  expect((await call('GET', '/api/issues')).body.total).toBe(0);
});

test('the summary counts by priority, own and peer apart, and names who waits', async () => {
  const { body } = await call('GET', '/api/health/summary');
  expect(body).toMatchObject({
    open: { critical: { own: 1, peer: 0 }, high: { own: 0, peer: 2 }, low: { own: 1, peer: 0 } },
    total: 4,
    muted: 0,
  });
  expect(body.waiting.map((each: { label: string; openIssues: number }) => [each.label, each.openIssues])).toEqual([
    ['REG0001001', 3],
    ['REG0001002', 3],
  ]);
});

test('sn_sb.admin reads and does not act', async () => {
  actor = { ...admin, roles: new Set(['sn_sb.admin']) };
  const { status, body } = await call('GET', '/api/issues');
  expect(status).toBe(200);
  const { id } = body.items[0];
  expect((await call('POST', `/api/issues/${id}/validate`)).status).toBe(403);
  expect((await call('POST', `/api/issues/${id}/mute`, { reason: 'x' })).status).toBe(403);
  expect((await call('POST', '/api/scan/suites/pre-onboarding/runs', { side: 'provider' })).status).toBe(403);
});

test('what is not there is 404', async () => {
  expect((await call('GET', `/api/issues/iss_${'0'.repeat(32)}`)).status).toBe(404);
  expect((await call('GET', `/api/scan/runs/scr_${'0'.repeat(32)}`)).status).toBe(404);
});
