import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linkFromWorkNote } from '../../src/demo/registration-story.ts';
import { DISCOVERY_PATH } from '../../src/protocol/index.ts';
import { cancelRegistration, getRegistration, regenerateLink } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { type Answer, HostileConsumer } from '../harness/hostile-consumer.ts';
import { closeHostilePeers } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

/** The system's, until a test holds it: nothing else tells for sure what happens within one second. */
const clock = { held: null as Date | null, now: (): Date => clock.held ?? new Date() };
let at: AttackedProvider;
beforeAll(async () => {
  at = await openAttackedProvider({ clock });
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const WRONG = { secret: Buffer.alloc(32, 9) };
const linkOf = async (number: string) => (await at.ada.api.call(getRegistration, { params: { number } })).link.state;
const hello = async (consumer: HostileConsumer, twist: Parameters<HostileConsumer['hello']>[1] = {}, reg?: string) =>
  consumer.send('hello', (await consumer.hello(1, twist)).statement, {}, reg);

describe('E.4-11 guesses at the secret of a link', () => {
  test('the consumer’s own tenth one locks the link; the right secret comes too late; a new link works', async () => {
    const { consumer, number, peer } = await at.invite('guesser');
    for (let guess = 1; guess < 10; guess += 1) {
      expect((await hello(consumer, WRONG)).error).toBe('sx_refused');
      expect(await linkOf(number)).toBe('live');
    }
    expect((await hello(consumer, WRONG)).error).toBe('sx_refused');
    expect(await linkOf(number)).toBe('locked');
    expect((await hello(consumer)).error).toBe('sx_refused');

    await at.ada.api.call(regenerateLink, { params: { number } });
    const again = await HostileConsumer.invited(peer, await linkFromWorkNote(at.ada, number));
    expect((await hello(again)).status).toBe(200);
  });

  test('those of anybody else, of old statements and with the link before count for nothing', async () => {
    const { consumer, number, peer } = await at.invite('victim');
    await at.ada.api.call(regenerateLink, { params: { number } });
    const renewed = await HostileConsumer.invited(peer, await linkFromWorkNote(at.ada, number));
    const hourAgo = Math.floor(Date.now() / 1_000) - 3_600;
    const before = await stored(at.instance);
    for (let guess = 0; guess < 11; guess += 1) {
      await hello(renewed, { ...WRONG, by: testKey('somebody else') });
      await hello(renewed, { ...WRONG, body: { iat: hourAgo, exp: hourAgo + 60 } });
      await hello(consumer);
    }
    expect(await stored(at.instance)).toEqual(before);
    expect((await hello(renewed)).status).toBe(200);
  });
});

test('E.4-11 T9 one wrong hello that somebody has recorded and sends again and again is one guess', async () => {
  const { consumer, number } = await at.invite('recorded');
  const { statement } = await consumer.hello(1, WRONG);
  for (let sent = 0; sent < 12; sent += 1) expect((await consumer.send('hello', statement)).error).toBe('sx_refused');
  expect(await linkOf(number)).toBe('live');
  for (let guess = 2; guess < 10; guess += 1) await hello(consumer, WRONG);
  expect(await linkOf(number)).toBe('live');
  await hello(consumer, WRONG);
  expect(await linkOf(number)).toBe('locked');
});

/** What a stranger can tell two answers apart by; the clock and the number of the request are in every one. */
const seen = ({ status, headers, text }: Answer) => ({
  status,
  body: text.replace(/"now":"[^"]+"/, ''),
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id').sort(),
});

test('T27 an unknown registration, a wrong MAC, and a link that has expired, was replaced or cancelled look the same', async () => {
  const { consumer, number, peer } = await at.invite('prober');
  const wrongMac = seen(await hello(consumer, WRONG));
  const unknown = `reg_${'0'.repeat(32)}`;
  const answers = [
    await hello(consumer, { body: { reg: unknown } }, unknown),
    await hello(consumer, { by: testKey('a stranger') }),
    await hello(consumer, { body: { aud: peer.party.id } }),
  ];
  const { open } = at.instance.instance;
  await open.executeSql(
    `update provider.invitation set expires_at = created_at where registration_id = '${consumer.reg}'`,
  );
  answers.push(await hello(consumer));
  await at.ada.api.call(regenerateLink, { params: { number } });
  answers.push(await hello(consumer));
  await at.ada.api.call(cancelRegistration, { params: { number } });
  answers.push(await hello(consumer));
  expect(wrongMac.status).toBe(403);
  for (const answer of answers) expect(seen(answer)).toEqual(wrongMac);
});

test('T27 status and abort say the same to a stranger about any registration', async () => {
  const { consumer } = await at.invite('asker');
  const { consumer: other } = await at.invite('other');
  const ask = async (kind: 'statusRequest' | 'abort', reg: string) => {
    const statement = await consumer.peer.sign(kind, consumer.about(kind, 1, { reg }));
    return seen(await consumer.send(kind === 'abort' ? 'abort' : 'status', statement, {}, reg));
  };
  for (const kind of ['statusRequest', 'abort'] as const) {
    const foreign = await ask(kind, other.reg);
    expect(foreign.status).toBe(403);
    expect(await ask(kind, `reg_${'0'.repeat(32)}`)).toEqual(foreign);
  }
});

test('statements with made-up key ids make us call the consumer whose name they bear once, not each time', async () => {
  const { consumer, peer } = await at.invite('named');
  const looks = () => peer.asked.filter((line) => line === `GET ${DISCOVERY_PATH}`).length;
  const before = looks();
  clock.held = new Date();
  for (let sent = 0; sent < 20; sent += 1) {
    const statement = await peer.sign('statusRequest', consumer.about('statusRequest', 1), testKey(`made up ${sent}`));
    expect((await consumer.send('status', statement)).error).toBe('sx_refused');
  }
  expect(looks()).toBe(before + 1);
  clock.held = null;
});

test('an address that guesses is told to wait, and the honest consumer elsewhere is not', async () => {
  const { consumer } = await at.invite('honest');
  const from = { 'x-forwarded-for': '203.0.113.7' };
  const { statement } = await consumer.hello(1, { by: testKey('a stranger') });
  let answer = await consumer.send('hello', statement, from);
  for (let guess = 0; guess < 30 && answer.error !== 'sx_busy'; guess += 1)
    answer = await consumer.send('hello', statement, from);
  expect([answer.status, answer.error, answer.headers.get('retry-after')]).toEqual([429, 'sx_busy', '60']);
  expect((await consumer.send('hello', (await consumer.hello(1)).statement)).status).toBe(200);
});
