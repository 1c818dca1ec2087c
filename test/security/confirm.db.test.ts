import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BoundToken } from '../../src/access/index.ts';
import { accessTokenHash, confirmMac } from '../../src/protocol/index.ts';
import { getRegistration } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { type Attempt, control, type HostileConsumer, type Keyed } from '../harness/hostile-consumer.ts';
import { arbitrary, closeHostilePeers } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

let at: AttackedProvider;
beforeAll(async () => {
  at = await openAttackedProvider();
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const sql = async (text: string) => (await at.instance.instance.open.executeSql(text)).rows;
const alarms = (number: string) =>
  sql(
    `select event, detail->>'step' as step from audit.entry where subject = '${number}' and outcome = 'refused' order by id`,
  );

describe('confirm', () => {
  let consumer: HostileConsumer;
  let attempt: Attempt;
  let token: BoundToken;
  beforeAll(async () => {
    ({ consumer } = await at.invite('mallory'));
    attempt = await consumer.greet(1);
    token = await consumer.authorise(attempt, at.account);
  });

  const macBy = (side: 'consumer' | 'provider', key: Uint8Array) => ({
    mac: confirmMac({ key, side, th2: attempt.th2, ath: accessTokenHash(token.accessToken) }),
  });
  const theirs = (changes: Record<string, unknown>) => ({
    oauth_for_provider: {
      ...{
        issuer: consumer.peer.origin,
        resource: `${consumer.peer.origin}/sx/v1`,
        client_id: 'x',
        scope: 'sx:messages',
      },
      ...changes,
    },
  });
  const cases: readonly (readonly [
    name: string,
    code: string,
    twist: () => Parameters<HostileConsumer['confirm']>[2],
  ])[] = [
    [
      'E.4-21 the MAC of the other side',
      'sx_refused',
      () => ({ body: macBy('provider', attempt.schedule.providerConfirm) }),
    ],
    [
      'E.4-21 the letter of the other side',
      'sx_refused',
      () => ({ body: macBy('provider', attempt.schedule.consumerConfirm) }),
    ],
    ['the key of the other side', 'sx_refused', () => ({ body: macBy('consumer', attempt.schedule.providerConfirm) })],
    ['an arbitrary MAC', 'sx_refused', () => ({ body: { mac: arbitrary() } })],
    ['another transcript', 'sx_refused', () => ({ body: { th2: arbitrary() } })],
    ['the hash of another token', 'sx_refused', () => ({ body: { ath: arbitrary() } })],
    ['another attempt', 'sx_superseded', () => ({ body: { att: 2 } })],
    ['another receiver', 'sx_refused', () => ({ body: { aud: consumer.peer.party.id } })],
    [
      'an authorization server elsewhere',
      'sx_refused',
      () => ({ body: theirs({ issuer: 'https://elsewhere.example' }) }),
    ],
    ['a resource elsewhere', 'sx_refused', () => ({ body: theirs({ resource: 'https://elsewhere.example/sx/v1' }) })],
    ['a resource that is no web address', 'sx_malformed', () => ({ body: theirs({ resource: 'file:///etc/passwd' }) })],
    ['the signature of another key', 'sx_refused', () => ({ by: testKey('nobody') })],
  ];
  test.each(cases)('with %s is refused (%s) and stores nothing', async (_name, code, twist) => {
    const statement = await consumer.confirm(attempt, token, twist());
    const before = await stored(at.instance);
    expect((await consumer.sendConfirm(statement, token)).error).toBe(code);
    expect(await stored(at.instance)).toEqual(before);
  });

  test('without a token, with a bearer token, and with the token without its proof is refused', async () => {
    const statement = await consumer.confirm(attempt, token);
    const before = await stored(at.instance);
    for (const headers of [
      {},
      { authorization: `Bearer ${token.accessToken}` },
      { authorization: `DPoP ${token.accessToken}` },
    ] as Record<string, string>[])
      expect((await consumer.send('confirm', statement, headers)).status).toBe(401);
    expect(await stored(at.instance)).toEqual(before);
  });

  test('E.4-20 with the token of a second consumer is refused', async () => {
    const { consumer: second } = await at.invite('second');
    const foreign = await second.authorise(await second.greet(1), at.account);
    const statement = await consumer.confirm(attempt, foreign);
    const before = await stored(at.instance);
    expect((await consumer.sendConfirm(statement, foreign)).error).toBe('sx_refused');
    expect(await stored(at.instance)).toEqual(before);
  });

  test('T13 with a token that is bound to another key than the hello named is refused, whoever holds that key', async () => {
    const { consumer: third, number } = await at.invite('third');
    const greeted = await third.greet(1);
    const swapped = { ...greeted, dpopKey: await third.oauth.createDpopKey() };
    const bound = await third.authorise(swapped, at.account);
    const statement = await third.confirm(swapped, bound);
    const before = await stored(at.instance);
    expect((await third.sendConfirm(statement, bound)).error).toBe('sx_refused');
    expect(await stored(at.instance)).toEqual(before);
    expect(at.instance.log.join('\n')).toContain('the token is bound to another key than the hello named');
    expect((await at.ada.api.call(getRegistration, { params: { number } })).attempt?.step).toBe('authorised');
  });

  test('under the consent of another account than the recorded one is refused', async () => {
    const statement = await consumer.confirm(attempt, token);
    const consented = (by: string) =>
      sql(`update provider.attempt set consented_by = ${by} where registration_id = '${consumer.reg}'`);
    await consented(`'usr_${'0'.repeat(32)}'`);
    const before = await stored(at.instance);
    expect((await consumer.sendConfirm(statement, token)).error).toBe('sx_refused');
    expect(await stored(at.instance)).toEqual(before);
    await consented(`'${at.contact.contactId}'`);
  });

  test('in order is answered; the very same gets the same answer with a valid token and without; another one is refused and noted', async () => {
    const statement = await consumer.confirm(attempt, token);
    const answer = await consumer.sendConfirm(statement, token);
    expect(answer.status).toBe(200);
    const before = await stored(at.instance);
    expect((await consumer.sendConfirm(statement, token)).text).toBe(answer.text);
    expect((await consumer.send('confirm', statement)).text).toBe(answer.text);
    expect((await consumer.sendConfirm(await consumer.confirm(attempt, token), token)).error).toBe('sx_step_conflict');
    const { 'link.control_message': _ours, ...rest } = await stored(at.instance);
    expect(rest).toEqual(
      Object.fromEntries(Object.entries(before).filter(([name]) => name !== 'link.control_message')),
    );
  });

  test('E.4-19 of attempt 1 under the token of attempt 2, and the other way round, is refused', async () => {
    const { consumer: twice } = await at.invite('twice');
    const first = await twice.greet(1);
    const firstToken = await twice.authorise(first, at.account);
    const second = await twice.greet(2);
    const secondToken = await twice.authorise(second, at.account);
    const before = await stored(at.instance);
    expect((await twice.sendConfirm(await twice.confirm(first, secondToken), secondToken)).error).toBe('sx_superseded');
    expect((await twice.sendConfirm(await twice.confirm(second, firstToken), firstToken)).status).toBe(401);
    expect(await stored(at.instance)).toEqual(before);
  });
});

describe('prepared', () => {
  let consumer: HostileConsumer;
  let keyed: Keyed;
  let number: string;
  const receipts: string[] = [];
  const say = async (seq: number, ty: string, body: Record<string, unknown>) => {
    const answer = await consumer.say(keyed, seq, control(seq, ty, body));
    expect(answer.status).toBe(200);
    receipts.push(answer.text);
  };
  const refused = async (code: string, shown: readonly string[], changes: Record<string, unknown> = {}) => {
    const before = await stored(at.instance, ['provider']);
    const statement = await consumer.prepared(keyed, shown, changes);
    expect((await consumer.send('prepared', statement)).error).toBe(code);
    expect(await stored(at.instance, ['provider'])).toEqual(before);
  };
  beforeAll(async () => {
    ({ consumer, number } = await at.invite('preparer'));
    keyed = await consumer.reachKeyed(at.account);
  });
  beforeEach(() => expect(receipts.length).toBeLessThanOrEqual(2));

  test('before anything was proved is refused, whatever receipts it shows', async () => {
    const { consumer: other } = await at.invite('receipts');
    const its = await other.reachKeyed(at.account);
    const foreign = await other.say(its, 1, control(1, 'connect.test', { nonce: arbitrary() }));
    const own = await consumer.peer.sign('receipt', {
      ...consumer.peer.claims('receipt', consumer.provider.id),
      ...{ conn: keyed.conn, lane: 0, seq: 1, h: arbitrary(), stored: 1, applied: 1, rejected: [] },
      ...{ credit: { msgs: 1, bytes: 1 }, now: new Date().toISOString() },
    });
    await refused('sx_malformed', []);
    await refused('sx_refused', [foreign.text, foreign.text]);
    await refused('sx_refused', [own, own]);
  });

  test('with one receipt twice, or its settings not said, is refused', async () => {
    await say(1, 'connect.test', { nonce: arbitrary() });
    const [only = ''] = receipts;
    await refused('sx_refused', [only, only]);
    await say(2, 'connect.settings', { versions: ['1.0'], limits: {}, settings: {}, echo: arbitrary() });
    await refused('sx_pending', receipts);
  });

  test('by anybody else, with another transcript, or for another attempt is refused', async () => {
    await refused('sx_refused', receipts, { th4: arbitrary() });
    await refused('sx_superseded', receipts, { att: 2 });
    await refused('sx_refused', receipts, { aud: consumer.peer.party.id });
    const body = JSON.parse(
      Buffer.from((await consumer.prepared(keyed, receipts)).split('.')[1] ?? '', 'base64url').toString(),
    );
    const stranger = await consumer.peer.sign('prepared', body, testKey('nobody'));
    expect((await consumer.send('prepared', stranger)).error).toBe('sx_refused');
    expect(await alarms(number)).toEqual([]);
  });
});
