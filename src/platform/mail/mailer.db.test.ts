import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type TestDatabase, testDatabase } from '../../../test/harness/database.ts';
import { type Mailbox, openMailbox } from '../../../test/harness/mailbox.ts';
import { secret, systemRandom } from '../../kernel/index.ts';
import { transact } from '../db/index.ts';
import type { Jobs } from '../jobs/job.ts';
import { listMail } from './contract.ts';
import { createMail, defineMail, type MailContent, type MailId, type MailResult } from './index.ts';
import { listMessages } from './message-repo.ts';

const clock = { now: () => new Date('2026-01-05T09:00:00Z') };
const log = { info: () => {}, warn: () => {} };
const hello: MailContent = {
  to: { address: 'jo@consumer.example', name: 'Jo Contact' },
  subject: 'Connect to Provider Ltd',
  html: '<p>Open <a href="https://consumer.example/sx/join#i=x&amp;s=y">Connect</a></p>',
  text: 'Open https://consumer.example/sx/join#i=x&s=y',
};

let database: TestDatabase;
let mailbox: Mailbox;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  mailbox = await openMailbox();
});
afterEach(() => mailbox.stop());

/** A mailer whose jobs run when the test says so: `attempt` is one run of the job, `giveUp` what follows the last. */
function mailer(render: (payload: { registration: string }) => Promise<MailContent | null>, url = mailbox.url) {
  const queued: unknown[] = [];
  const results: MailResult<{ registration: string }>[] = [];
  const jobs: Jobs = {
    send: async (_tx, _job, payload) => {
      queued.push(payload);
    },
  };
  const made = createMail({
    db: database.db,
    jobs,
    config: { mail: { on: true, url: secret(url), from: 'Liaise <liaise@provider.example>' } },
    clock,
    random: systemRandom,
    log: log as never,
  });
  const invitation = defineMail({
    kind: 'test.invitation',
    payload: z.object({ registration: z.string() }),
    render,
    onResult: async (_tx, result) => {
      results.push(result);
    },
  });
  made.register([invitation]);
  const [handler] = made.jobHandlers;
  if (handler === undefined) throw new Error('no handler');
  return {
    made,
    queued,
    results,
    send: () =>
      transact(database.db, (tx) =>
        made.send(tx, invitation, { registration: 'reg_1' }, { record: 'REG0001001' }),
      ) as Promise<MailId>,
    attempt: (id: MailId) => handler.handle({ id }, { attempt: 1, signal: new AbortController().signal }),
    giveUp: (id: MailId) => handler.onExhausted?.({ id }, new Error('last')),
  };
}
const row = (id: MailId) =>
  database.db.selectFrom('platform_mail.message').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

describe('a mail that the server accepts', () => {
  test('REG-38 REG-39 arrives over SMTP as HTML and text, and is logged as sent without its body', async () => {
    const { send, attempt, queued, results } = mailer(async () => hello);
    const id = await send();
    expect(queued).toEqual([{ id }]);
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 0, recipient: null, record: 'REG0001001' });

    await attempt(id);
    const [message] = mailbox.messages;
    expect(message?.subject).toBe('Connect to Provider Ltd');
    expect(message?.html).toContain('href="https://consumer.example/sx/join#i=x&amp;s=y"');
    expect(message?.text).toContain('https://consumer.example/sx/join#i=x&s=y');
    expect(message?.from?.text).toContain('liaise@provider.example');
    expect(message?.to).toMatchObject({ text: '"Jo Contact" <jo@consumer.example>' });

    const logged = await row(id);
    expect(logged).toMatchObject({
      state: 'sent',
      attempts: 1,
      recipient: 'jo@consumer.example',
      sent_at: clock.now(),
    });
    expect(JSON.stringify(logged)).not.toContain('sx/join');
    expect(results).toMatchObject([
      { outcome: 'sent', to: 'jo@consumer.example', record: 'REG0001001', at: clock.now() },
    ]);
  });

  test('REG-56 is sent once when its job runs twice, and carries an id by which readers know a repetition', async () => {
    const { send, attempt, results } = mailer(async () => hello);
    const id = await send();
    await attempt(id);
    await attempt(id);
    expect(mailbox.messages.map((message) => message.messageId)).toEqual([`<${id}@provider.example>`]);
    expect(results).toHaveLength(1);
  });

  test('is not there when the transaction of the use-case rolls back', async () => {
    const { made } = mailer(async () => hello);
    const mail = defineMail({ kind: 'test.rolled-back', payload: z.object({}), render: async () => hello });
    made.register([mail]);
    const refused = transact(database.db, async (tx) => {
      await made.send(tx, mail, {}, { record: 'ROLLEDBACK' });
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(await listMessages(database.db, { limit: 10, sort: '-createdAt', record: 'ROLLEDBACK' })).toMatchObject({
      total: 0,
    });
  });

  test('must be registered: any node may have to send it', async () => {
    const { made } = mailer(async () => hello);
    const unknown = defineMail({ kind: 'test.unknown', payload: z.object({}), render: async () => hello });
    await expect(transact(database.db, (tx) => made.send(tx, unknown, {}))).rejects.toThrow('not registered');
  });
});

describe('a mail that the server does not accept', () => {
  test('a recipient refused for good fails at once, with the reason', async () => {
    const { send, attempt, results } = mailer(async () => hello);
    const id = await send();
    mailbox.refuse({ code: 550, text: 'no such user here' });
    await attempt(id);
    expect(await row(id)).toMatchObject({ state: 'failed', attempts: 1, sent_at: null });
    expect(results).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('no such user here') }]);
    mailbox.refuse(null);
    await attempt(id);
    expect(mailbox.messages).toEqual([]);
  });

  test('a recipient refused for now is tried again', async () => {
    const { send, attempt, results } = mailer(async () => hello);
    const id = await send();
    mailbox.refuse({ code: 451, text: 'try later' });
    await expect(attempt(id)).rejects.toThrow('try later');
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 1, last_error: expect.stringContaining('451') });
    mailbox.refuse(null);
    await attempt(id);
    expect(await row(id)).toMatchObject({ state: 'sent', attempts: 2, last_error: null });
    expect(results.map(({ outcome }) => outcome)).toEqual(['sent']);
  });

  test('a server that is down is tried again and, once up, gets the mail', async () => {
    const { send, attempt, made } = mailer(async () => hello);
    const id = await send();
    const port = Number(new URL(mailbox.url).port);
    await mailbox.stop();
    await expect(attempt(id)).rejects.toThrow('did not take');
    expect((await made.checkTransport()).ok).toBe(false);
    mailbox = await openMailbox({ port });
    expect((await made.checkTransport()).ok).toBe(true);
    await attempt(id);
    expect(mailbox.messages).toHaveLength(1);
  });

  test('after the last attempt it has failed, the room is told once', async () => {
    const { send, attempt, giveUp, results } = mailer(async () => hello);
    const id = await send();
    await mailbox.stop();
    await expect(attempt(id)).rejects.toThrow();
    await giveUp(id);
    await giveUp(id);
    expect(await row(id)).toMatchObject({ state: 'failed', last_error: expect.stringContaining('ECONNREFUSED') });
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed']);
    mailbox = await openMailbox();
  });

  test('a refused sign-in is a setting to correct, so the mail waits', async () => {
    const guarded = await openMailbox({ user: { name: 'liaise', password: 'right' } });
    const wrong = guarded.url.replace('right', 'wrong-password');
    const { send, attempt, made } = mailer(async () => hello, wrong);
    const id = await send();
    await expect(attempt(id)).rejects.toThrow('did not take');
    expect(await row(id)).toMatchObject({ state: 'queued' });
    expect(JSON.stringify([await row(id), await made.checkTransport()])).not.toContain('wrong-password');
    const right = mailer(async () => hello, guarded.url);
    await right.attempt(await right.send());
    expect(guarded.messages).toHaveLength(1);
    await guarded.stop();
  });
});

describe('what people and peers wrote', () => {
  test.each([
    'Eve"\r\nBcc: eve@evil.example\r\nX: "',
    'Eve <eve@evil.example>,',
    '=?utf-8?q?eve?=\n\n<p>',
    '\u202Egro.live',
    "<script>alert('x')</script>",
  ])('E.4-31 the display name %j reaches nobody but the recipient and adds no header', async (name) => {
    const { send, attempt } = mailer(async () => ({ ...hello, to: { ...hello.to, name }, subject: `Hello ${name}` }));
    await attempt(await send());
    const [message] = mailbox.messages;
    expect(message?.to).toMatchObject({ value: [{ address: 'jo@consumer.example' }] });
    expect([message?.headers.has('bcc'), message?.headers.has('x')]).toEqual([false, false]);
    expect(message?.text?.trim()).toBe(hello.text);
  });

  test('E.4-31 an address that could be read as two is never offered to the server', async () => {
    const address = 'jo@consumer.example, eve@evil.example';
    const { send, attempt } = mailer(async () => ({ ...hello, to: { address } }));
    const id = await send();
    await attempt(id);
    expect(await row(id)).toMatchObject({ state: 'failed', last_error: expect.stringContaining('not valid') });
    expect(mailbox.messages).toEqual([]);
  });
});

test('a mail with nothing to say any more is withdrawn, and the room is told', async () => {
  const { send, attempt, results } = mailer(async () => null);
  const id = await send();
  await attempt(id);
  expect(await row(id)).toMatchObject({ state: 'withdrawn', attempts: 0 });
  expect(mailbox.messages).toEqual([]);
  expect(results).toMatchObject([{ outcome: 'withdrawn', record: 'REG0001001' }]);
});

test('REG-40 where mail is off nothing is queued, logged or attempted', async () => {
  const off = createMail({
    db: database.db,
    jobs: {
      send: async () => {
        throw new Error('a job was queued');
      },
    },
    config: { mail: { on: false } },
    clock,
    random: systemRandom,
    log: log as never,
  });
  const mail = defineMail({ kind: 'test.off', payload: z.object({}), render: async () => hello });
  expect(await transact(database.db, (tx) => off.send(tx, mail, {}))).toBeNull();
  expect([off.on, off.jobHandlers]).toEqual([false, []]);
  expect(await off.checkTransport()).toMatchObject({ ok: true });
});

test('the log is paged newest first and searched by recipient, subject and record', async () => {
  const { made } = mailer(async () => hello);
  const paged = defineMail({ kind: 'test.paged', payload: z.object({}), render: async () => hello });
  made.register([paged]);
  for (const record of ['PAGE1', 'PAGE2', 'PAGE3']) {
    await transact(database.db, (tx) => made.send(tx, paged, {}, { record }));
  }
  const newest = { limit: 10, sort: '-createdAt' as const };
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await listMessages(database.db, { ...newest, limit: 2, search: 'page', after });
    expect(page.total).toBe(3);
    seen.push(...page.items.map(({ record }) => record ?? ''));
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen.toSorted()).toEqual(['PAGE1', 'PAGE2', 'PAGE3']);
  expect(await listMessages(database.db, { ...newest, search: '%' })).toMatchObject({ total: 0 });
  expect(await listMessages(database.db, { ...newest, record: 'PAGE2' })).toMatchObject({ total: 1 });
});

test('GET /api/mail is for administrators and answers as its contract says, without payload or body', async () => {
  const { made, send, attempt } = mailer(async () => hello);
  const id = await send();
  await attempt(id);
  const [endpoint] = made.endpoints;
  expect(endpoint?.route).toMatchObject({ method: 'GET', path: '/api/mail', permission: { roles: ['admin'] } });
  const call = { query: { limit: 200, sort: '-createdAt', search: 'jo@consumer.example' } } as never;
  const answer = listMail.output.parse(await endpoint?.handle(call));
  expect(answer.on).toBe(true);
  expect(answer.items.find((item) => item.id === id)).toMatchObject({ state: 'sent', attempts: 1, lastError: null });
  expect(JSON.stringify(answer)).not.toMatch(/reg_1|sx\/join/);
});
