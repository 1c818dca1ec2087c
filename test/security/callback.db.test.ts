import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectToProvider, getProviderConnection } from '../../src/consumer/contract.ts';
import type { CallRefused } from '../../src/demo/api-caller.ts';
import { createBrowser } from '../../src/demo/browser.ts';
import type { Administrator } from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import { accessTokenHash, confirmMac } from '../../src/protocol/index.ts';
import { type AttackedConsumer, openAttackedConsumer } from '../harness/attacked-consumer.ts';
import { arbitrary, closeHostilePeers, openHostilePeer } from '../harness/hostile-peer.ts';
import type { HostileProvider, Twist } from '../harness/hostile-provider.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

let at: AttackedConsumer;
/** A second administrator: each may connect twenty times a minute. */
let mallory: Administrator;
beforeAll(async () => {
  at = await openAttackedConsumer();
  mallory = await at.administrator('mallory');
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const record = (number: string) => at.carol.api.call(getProviderConnection, { params: { number } });
const stepOf = async (number: string) => (await record(number)).attempt?.step;
const ended = (number: string) =>
  until(`${number} to end its attempt`, async () => {
    const { attempt } = await record(number);
    return attempt?.step === 'aborted' ? attempt.reason : undefined;
  });

describe('E.4-29 the callback', () => {
  let provider: HostileProvider;
  let number: string;
  let good: URL;
  beforeAll(async () => {
    provider = await at.provider('callback');
    number = await provider.validated(at.carol);
    good = await provider.connected(at.carol, number);
  });
  const untouched = async (browser: Administrator['browser'], url: URL, status: number) => {
    const before = await stored(at.instance);
    expect((await browser.open(url.href)).status).toBe(status);
    expect(await stored(at.instance)).toEqual(before);
    expect(await stepOf(number)).toBe('authorising');
    expect(provider.redeemed).toEqual([]);
  };

  test('in another administrator’s browser, and in nobody’s, is refused; the code is not redeemed', async () => {
    await untouched(mallory.browser, good, 403);
    await untouched(createBrowser(), good, 403);
  });

  const wrong: readonly (readonly [name: string, changes: Record<string, string | undefined>])[] = [
    ['another state', { state: arbitrary() }],
    ['no state', { state: undefined }],
    ['another issuer', { iss: 'https://elsewhere.example' }],
    ['no issuer', { iss: undefined }],
    ['neither code nor error', { code: undefined }],
  ];
  test.each(wrong)('with %s is refused, and the attempt goes on', async (_name, changes) =>
    untouched(at.carol.browser, provider.callback(changes), 400),
  );

  test('with a parameter twice, or at another record’s address, is refused', async () => {
    const twice = provider.callback();
    twice.searchParams.append('state', 'another');
    await untouched(at.carol.browser, twice, 400);
    const elsewhere = provider.callback();
    elsewhere.pathname = elsewhere.pathname.replace(/prc_.*/, `prc_${'0'.repeat(32)}`);
    await untouched(at.carol.browser, elsewhere, 404);
  });

  test('as it should be is taken once, and leads to no other site', async () => {
    good.searchParams.set('return_to', 'https://elsewhere.example');
    const back = await at.carol.browser.open(good.href);
    expect(back.url.href).toBe(`${at.instance.origin}/provider-connections/${number}`);
    await until('the code to be redeemed', async () => (provider.redeemed.length > 0 ? true : undefined));
    await at.carol.browser.open(good.href);
    expect(provider.redeemed.length).toBe(1);
  });
});

describe('a provider whose answer to the hello has one thing wrong gets no further:', () => {
  let provider: HostileProvider;
  let number: string;
  beforeAll(async () => {
    provider = await at.provider('answers');
    number = await provider.validated(at.carol);
  });
  const cases: readonly (readonly [name: string, twist: () => Twist])[] = [
    ['another hello', () => ({ body: { h1: arbitrary() } })],
    ['another registration', () => ({ body: { reg: `reg_${'0'.repeat(32)}` } })],
    ['another attempt', () => ({ body: { att: 999 } })],
    ['an older version', () => ({ body: { ver: '0.9' } })],
    ['another suite', () => ({ body: { suite: 'SX-Z' } })],
    ['T4 an authorization server elsewhere', () => ({ body: { as: { issuer: 'https://elsewhere.example' } } })],
    ['a resource elsewhere', () => ({ body: { resource: 'https://elsewhere.example/sx/v1' } })],
    ['another receiver', () => ({ body: { aud: provider.peer.party.id } })],
    ['another sender', () => ({ body: { iss: provider.consumer.id } })],
    ['the signature of another key', () => ({ by: testKey('nobody') })],
    ['a ciphertext one byte short', () => ({ body: { enc: Buffer.alloc(1_119).toString('base64url') } })],
  ];
  test.each(cases)('%s', async (_name, twist) => {
    const attempts = async () => await stored(at.instance, ['link', 'access']);
    const { 'link.activity': _note, ...before } = await attempts();
    provider.twists.helloAck = twist();
    const pushes = provider.peer.asked.filter((line) => line === 'POST /oauth/request').length;
    const refusal = await at.carol.api.call(connectToProvider, { params: { number } }).catch((error: unknown) => error);
    expect((refusal as CallRefused).problem.type).toBe('urn:liaise:problem:consumer/provider-refused');
    expect((await record(number)).state).toBe('validated');
    const { 'link.activity': _notes, ...after } = await attempts();
    expect(after).toEqual(before);
    expect(provider.peer.asked.filter((line) => line === 'POST /oauth/request').length).toBe(pushes);
  });
});

describe('a provider that cannot confirm the keys gets nothing:', () => {
  const cases: readonly (readonly [name: string, twists: (provider: HostileProvider) => HostileProvider['twists']])[] =
    [
      [
        'E.4-21 the consumer’s own MAC',
        (provider) => {
          const { schedule, th2 } = provider.known;
          const ath = accessTokenHash(provider.accessToken);
          return {
            confirmAck: { body: { mac: confirmMac({ key: schedule.consumerConfirm, side: 'consumer', th2, ath }) } },
          };
        },
      ],
      ['an arbitrary MAC', () => ({ confirmAck: { body: { mac: arbitrary() } } })],
      ['another transcript', () => ({ confirmAck: { body: { th2: arbitrary() } } })],
      ['another attempt', () => ({ confirmAck: { body: { att: 77 } } })],
      ['the signature of another key', () => ({ confirmAck: { by: testKey('nobody') } })],
      ['a connection that is none', () => ({ confirmAck: { body: { conn: `reg_${'0'.repeat(32)}` } } })],
      ['a token for something else', () => ({ token: { authorization_details: [{ type: 'sx_connect' }] } })],
      ['a bearer token', () => ({ token: { token_type: 'Bearer' } })],
    ];
  test.each(cases)('%s', async (name, twists) => {
    const provider = await at.provider(`confirms ${name}`);
    const number = await provider.validated(mallory);
    const callback = await provider.connected(mallory, number);
    Object.assign(provider.twists, twists(provider));
    const before = await stored(at.instance, ['access']);
    await mallory.browser.open(callback.href);
    await ended(number);
    expect((await record(number)).state).toBe('validated');
    expect(await stored(at.instance, ['access'])).toEqual(before);
  });

  test('a connection of somebody else', async () => {
    const first = await at.provider('owner');
    const owned = await first.validated(mallory);
    await mallory.browser.open((await first.connected(mallory, owned)).href);
    await until('the first one to have keys', async () => ((await stepOf(owned)) === 'testing' ? true : undefined));
    const second = await at.provider('thief');
    const number = await second.validated(mallory);
    const callback = await second.connected(mallory, number);
    second.twists.confirmAck = { body: { conn: first.conn } };
    const before = await stored(at.instance, ['access']);
    await mallory.browser.open(callback.href);
    await ended(number);
    expect(await stored(at.instance, ['access'])).toEqual(before);
    expect(await stepOf(owned)).toBe('testing');
  });
});

describe('E.4-33 a commit', () => {
  test('that is forged, early, of another attempt or of a stranger connects nothing', async () => {
    const provider = await at.provider('committer');
    const number = await provider.validated(mallory);
    await mallory.browser.open((await provider.connected(mallory, number)).href);
    await until('the keys to be confirmed', async () => ((await stepOf(number)) === 'testing' ? true : undefined));
    const stranger = await openHostilePeer('stranger', '127.0.0.1');
    const push = async (statement: string, reg = provider.reg) => {
      const url = `${at.instance.origin}/sx/v1/onboard/${reg}/commit`;
      const sent = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/jose' },
        body: statement,
      });
      return [sent.status, ((await sent.json()) as { error: string }).error];
    };
    const before = await stored(at.instance, ['consumer', 'access']);
    const answers = [
      await push(await provider.commit({}, testKey('nobody'))),
      await push(await provider.commit({ iss: stranger.party.id }, stranger.party.sign)),
      await push(await provider.commit({ aud: stranger.party.id })),
      await push(await provider.commit({ att: 2 })),
      await push(await provider.commit({ th4: arbitrary() })),
      await push(await provider.commit({ conn: `con_${'0'.repeat(32)}` })),
      await push(await provider.commit({ reg: `reg_${'0'.repeat(32)}` })),
    ];
    expect(answers).toEqual(answers.map(() => [403, 'sx_refused']));
    expect(await push(await provider.commit())).toEqual([409, 'sx_pending']);
    expect(await stored(at.instance, ['consumer', 'access'])).toEqual(before);
    expect((await record(number)).state).toBe('connecting');
  });
});
