import type { InjectOptions } from 'fastify';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createPeople } from '../../../test/harness/people.ts';
import { admin, scanBench } from '../../../test/harness/scan.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type UserActor } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import { testServer } from '../../platform/http/server-fixture.ts';
import type { MailContent } from '../../platform/mail/index.ts';
import { type ErrorReport, mailEnded, recordError, recordFailures, settleErrors } from '../index.ts';
import { knownErrors } from './known-errors.ts';

const bench = await scanBench();
afterAll(() => bench.close());
const { db } = bench.database;
const people = createPeople({ db, clock: bench.clock, cookies: { session: 'sid', secure: false } });

const registration = { kind: 'registration', id: 'reg_1', label: 'REG0001001' };
const expired: ErrorReport = {
  code: 'registration-expired',
  text: 'REG0001001: an attempt ended.',
  side: 'provider',
  source: registration,
};
const surprise: ErrorReport = { ...expired, code: 'unknown', text: 'The clock has stopped.', side: null };

const record = (report: ErrorReport) => transact(db, (tx) => recordError(bench.deps, tx, report));
const settle = (...sources: string[]) => transact(db, (tx) => settleErrors(bench.deps, tx, sources));

let actor: UserActor = admin;
async function call(method: 'GET' | 'POST', url: string) {
  const app = await testServer(bench.scan.endpoints, {
    authenticate: async () => ({ actor: { ...actor, via: 'token' }, csrfToken: null }),
  });
  const response = await app.inject({ method, url } as InjectOptions);
  await app.close();
  return { status: response.statusCode, body: response.json() };
}
const errors = async (query = '') => (await call('GET', `/api/errors?${query}`)).body.items;
const issues = async (query = '') => (await call('GET', `/api/issues?${query}`)).body.items;
/** Raised within seconds, by the tick that any node runs. */
async function tick(): Promise<void> {
  bench.clock.move(5 * SECOND_MS);
  await bench.jobs.drain();
}

beforeEach(async () => {
  actor = admin;
  await bench.begin({ checks: [] });
});

describe('the Error Log', () => {
  test('ERR-02 has a row with number, known error, text, cause, solution, connection and time', async () => {
    await record({ ...expired, connection: { id: 'con_1', label: 'Connection to https://c.example' } });
    const [row] = await errors();
    expect(row).toMatchObject({
      number: expect.stringMatching(/^ERR\d{7}$/),
      knownError: knownErrors['registration-expired'].name,
      text: expired.text,
      cause: knownErrors['registration-expired'].cause,
      solution: knownErrors['registration-expired'].solution,
      connection: { label: 'Connection to https://c.example' },
      createdAt: bench.clock.now().toISOString(),
    });
  });

  test('ERR-03 an error that nobody foresaw has the cause Unknown', async () => {
    await record(surprise);
    expect(await errors()).toMatchObject([{ cause: 'Unknown', text: 'The clock has stopped.' }]);
  });

  test('ERR-01 is for admin only', async () => {
    actor = { ...admin, roles: new Set(['sn_sb.admin']) };
    expect((await call('GET', '/api/errors')).status).toBe(403);
    expect((await call('GET', '/api/known-errors')).status).toBe(403);
  });

  test('ERR-01 shows each side its own errors and those of neither', async () => {
    await record(expired);
    await record({ ...expired, code: 'connect-expired', side: 'consumer' });
    await record(surprise);
    const codes = async (side: string) => (await errors(`side=${side}`)).map(({ code }: { code: string }) => code);
    expect(await codes('provider')).toEqual(['unknown', 'registration-expired']);
    expect(await codes('consumer')).toEqual(['unknown', 'connect-expired']);
  });

  test('is searched and paged, the newest first', async () => {
    for (const name of ['one', 'two', 'three']) await record({ ...surprise, text: `Error ${name}, 100%` });
    const first = (await call('GET', '/api/errors?limit=2')).body;
    const second = (await call('GET', `/api/errors?limit=2&after=${first.next}`)).body;
    expect([...first.items, ...second.items].map(({ text }: { text: string }) => text)).toEqual([
      'Error three, 100%',
      'Error two, 100%',
      'Error one, 100%',
    ]);
    expect([first.total, second.next]).toEqual([3, null]);
    expect(await errors('search=two')).toHaveLength(1);
    expect(await errors('search=%25')).toHaveLength(3);
  });

  test('counts the same error within an hour in one row, and begins a new one after that', async () => {
    await record(expired);
    bench.clock.move(MINUTE_MS);
    await record(expired);
    expect(await errors()).toMatchObject([{ times: 2, lastAt: bench.clock.now().toISOString() }]);
    bench.clock.move(HOUR_MS);
    await record(expired);
    expect((await errors()).map(({ times }: { times: number }) => times)).toEqual([1, 2]);
  });

  test('is written with what went wrong, or not at all', async () => {
    const failing = transact(db, async (tx) => {
      await recordError(bench.deps, tx, expired);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await errors()).toEqual([]);
  });

  test('SCN-11 forgets errors after 90 days', async () => {
    await record(expired);
    bench.clock.move(91 * DAY_MS);
    await bench.jobs.drain();
    expect(await errors()).toEqual([]);
  });
});

describe('ERR-06 HLT-10 errors among the issues', () => {
  test('are issues within seconds, with what the catalogue says', async () => {
    await record(expired);
    await tick();
    const [issue] = await issues();
    expect(issue).toMatchObject({
      origin: 'error',
      status: 'open',
      summary: knownErrors['registration-expired'].name,
      remedy: knownErrors['registration-expired'].solution,
      priority: 'low',
      category: 'Onboarding',
      source: { label: 'REG0001001' },
      subjects: [],
    });
    expect(await errors()).toMatchObject([{ issue: issue.id }]);
  });

  test('HLT-12 begin with a mark and their own words where unknown', async () => {
    await record(surprise);
    await tick();
    expect(await issues()).toMatchObject([{ summary: 'Unknown error: The clock has stopped.' }]);
  });

  test('HLT-11 the same error, source, connection and message is one issue, another message another', async () => {
    for (const minutes of [0, 61, 61]) {
      bench.clock.move(minutes * MINUTE_MS);
      await record(expired);
      await tick();
    }
    await record({ ...expired, text: 'Something else.' });
    await record({ ...expired, connection: { id: 'con_2', label: 'another' } });
    await tick();
    const found = await issues();
    expect(found.map(({ count }: { count: number }) => count).toSorted()).toEqual([1, 1, 3]);
  });

  test('stay while nobody deals with them, though they hold nothing up', async () => {
    await record(expired);
    for (let ticks = 0; ticks < 3; ticks += 1) await tick();
    expect(await issues()).toHaveLength(1);
  });

  test('KEC-06 are resolved when it went well afterwards, also before they were raised', async () => {
    await record(expired);
    await tick();
    await record({ ...surprise, source: { ...registration, id: 'reg_2' } });
    await settle('reg_1', 'reg_2');
    await tick();
    expect(await issues()).toEqual([]);
    expect(await issues('status=resolved')).toHaveLength(1);
  });

  test('ST-20 are resolved by hand, and open anew when the error comes again', async () => {
    await record(expired);
    await tick();
    const [{ id }] = await issues();
    const { body } = await call('POST', `/api/issues/${id}/validate`);
    expect(body).toMatchObject({ outcome: 'resolved', issue: { status: 'resolved' } });
    expect(await issues()).toEqual([]);
    await record(expired);
    await tick();
    const [again] = await issues();
    expect(again).toMatchObject({ count: 1 });
    expect(again.id).not.toBe(id);
    expect(await errors()).toHaveLength(2);
  });
});

describe('ERR-05 the digest', () => {
  const contents = (): Promise<(MailContent | null)[]> =>
    Promise.all(bench.mails.map(({ mail, payload }) => mail.render(payload)));

  test('goes once an hour to the holders of sn_sb.admin when anything new came, with cause and solution', async () => {
    const holder = await people.person({ username: 'sonia', email: 'sonia@provider.example', roles: ['sn_sb.admin'] });
    await people.person({ username: 'ada', email: 'ada@provider.example', roles: ['admin'] });
    await people.person({ username: 'gone', email: 'gone@provider.example', roles: ['sn_sb.admin'], active: false });
    bench.clock.move(HOUR_MS);
    await bench.jobs.drain();
    expect(bench.mails).toEqual([]);
    await record(expired);
    await record(surprise);
    bench.clock.move(HOUR_MS);
    await bench.jobs.drain();
    expect(bench.mails.map(({ payload }) => (payload as { userId: string }).userId)).toEqual([holder.id]);
    const [content] = await contents();
    expect(content?.to.address).toBe('sonia@provider.example');
    expect(content?.subject).toBe('Service Exchange: 2 new errors');
    for (const text of [content?.text, content?.html]) {
      expect(text).toContain(expired.text);
      expect(text).toContain(`Cause: ${knownErrors['registration-expired'].cause}`);
      expect(text).toContain('Cause: Unknown');
      expect(text).toContain('Solution: Ask the contact to connect again');
    }
    bench.clock.move(HOUR_MS);
    await bench.jobs.drain();
    expect(bench.mails).toHaveLength(1);
  });

  test('that cannot be mailed is an error, and no reason for another digest', async () => {
    await people.person({ username: 'sven', email: 'sven@provider.example', roles: ['sn_sb.admin'] });
    const failed = { id: 'mai_1' as never, kind: 'scan.error-digest', record: null, outcome: 'failed', reason: '550' };
    await transact(db, (tx) => mailEnded(bench.deps)(tx, { ...failed, outcome: 'failed' }));
    bench.clock.move(HOUR_MS);
    await bench.jobs.drain();
    expect(await errors()).toMatchObject([{ code: 'mail-not-delivered', text: expect.stringContaining('550') }]);
    expect(bench.mails).toEqual([]);
  });
});

test('REG-47 a mail that could not be delivered is in the Error Log, until one for the same record was', async () => {
  const ended = { id: 'mai_1' as never, kind: 'provider.registration-invitation', record: 'REG0001001', reason: null };
  await transact(db, (tx) => mailEnded(bench.deps)(tx, { ...ended, outcome: 'failed', reason: '550 no such user' }));
  await tick();
  expect(await issues()).toMatchObject([{ summary: 'A mail could not be delivered' }]);
  await transact(db, (tx) => mailEnded(bench.deps)(tx, { ...ended, outcome: 'sent' }));
  expect(await issues()).toEqual([]);
});

test('ERR-04 a repeated step records what keeps it from going well from its fourth attempt on, and fails all the same', async () => {
  const attempt = (number: number) =>
    recordFailures(
      bench.deps,
      { attempt: number },
      async () => surprise,
      () => Promise.reject(new Error('not yet')),
    );
  for (const number of [1, 2, 3]) await expect(attempt(number)).rejects.toThrow('not yet');
  expect(await errors()).toEqual([]);
  await expect(attempt(4)).rejects.toThrow('not yet');
  expect(await errors()).toHaveLength(1);
});

test('ERR-04 a node that starts beside one of another version records it', async () => {
  await bench.database.open.executeSql(
    'insert into scan.worker (node, version, seen_at, worked_at) values ($1, $2, $3, null)',
    ['other', '0.9.0', bench.clock.now()],
  );
  await bench.scan.start();
  await bench.scan.stop();
  expect(await errors()).toMatchObject([
    { code: 'nodes-of-two-versions', text: 'Nodes of this instance run 0.9.0, 1.0.0 at the same time.' },
  ]);
});

test('the catalogue is listed, each entry with cause and solution', async () => {
  const { items } = (await call('GET', '/api/known-errors')).body;
  expect(items.map(({ code }: { code: string }) => code)).toEqual(Object.keys(knownErrors));
  for (const { cause, solution } of items) expect([cause, solution]).not.toContain('');
});
