import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBase64url } from '../../src/protocol/index.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import type { HelloTwist, HostileConsumer } from '../harness/hostile-consumer.ts';
import { clientKey } from '../harness/hostile-oauth.ts';
import { arbitrary, closeHostilePeers, type HostilePeer, openHostilePeer } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

let at: AttackedProvider;
let consumer: HostileConsumer;
let peer: HostilePeer;
let stranger: HostilePeer;
beforeAll(async () => {
  at = await openAttackedProvider();
  ({ consumer, peer } = await at.invite('mallory'));
  stranger = await openHostilePeer('stranger');
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const HOUR = 3_600;
const now = () => Math.floor(Date.now() / 1_000);
type Case = HelloTwist | (() => HelloTwist | Promise<HelloTwist>);
const members = (body: Record<string, unknown>): HelloTwist => ({ body });
const withManifest = (changes: Record<string, unknown>, by?: ReturnType<typeof testKey>) => async () =>
  members({ manifest: await peer.manifest(changes, by) });
const oauth = (changes: Record<string, unknown>) => () =>
  members({
    oauth: {
      redirect_uri: `${peer.origin}/sx/oauth/cb/prc_1`,
      client_kid: clientKey(peer).kid,
      dpop_jkt: arbitrary(),
      ...changes,
    },
  });

/** The hybrid key of a good hello with some bytes replaced: ML-KEM-768 first, X25519 in the last 32 bytes. */
const ephemeral = (change: (key: Buffer) => Buffer) => async () => {
  const { body } = await consumer.hello(1);
  const key = fromBase64url(String(body.eph)) ?? Buffer.alloc(0);
  return members({ eph: change(Buffer.from(key)).toString('base64url') });
};
const x25519 = (hex: string) => ephemeral((key) => Buffer.concat([key.subarray(0, -32), Buffer.from(hex, 'hex')]));
const withFirstKey = (changes: Record<string, unknown>) => async () => {
  const [first, ...others] = peer.party.manifest.keys;
  return members({ manifest: await peer.manifest({ keys: [{ ...first, ...changes }, ...others] }) });
};

const refused: Readonly<Record<string, readonly (readonly [name: string, twist: Case])[]>> = {
  sx_refused: [
    ['another audience', () => members({ aud: stranger.party.id })],
    ['another issuer', () => members({ iss: stranger.party.id })],
    ['another registration than the address', members({ reg: `reg_${'1'.repeat(32)}` })],
    ['an expired statement', () => members({ iat: now() - HOUR, exp: now() - HOUR + 120 })],
    ['a statement of tomorrow', () => members({ iat: now() + HOUR, exp: now() + HOUR + 120 })],
    ['a statement that lives longer than its kind may', () => members({ exp: now() + HOUR })],
    ['another invitation', members({ inv: 'another' })],
    ['another origin', members({ origin: 'https://elsewhere.example' })],
    ['a redirect to another site', oauth({ redirect_uri: 'https://elsewhere.example/sx/oauth/cb/prc_1' })],
    ['a redirect beside the manifest’s base', () => oauth({ redirect_uri: `${peer.origin}/anywhere` })()],
    ['a client key outside the manifest', oauth({ client_kid: arbitrary() })],
    ['a key of another use as the client’s', () => oauth({ client_kid: peer.party.sign.kid })()],
    ['the signature of a key nobody knows', { by: testKey('nobody') }],
    ['the signature of the client key', () => ({ by: clientKey(peer) })],
    ['the signature of the root key', () => ({ by: peer.party.root })],
    ['E.4-16 an ML-KEM coefficient out of range', ephemeral((key) => key.fill(0xff, 0, 3))],
    ['E.4-17 X25519: all zero', x25519('00'.repeat(32))],
    ['E.4-17 X25519: one', x25519(`01${'00'.repeat(31)}`)],
    ['E.4-17 X25519: order eight', x25519('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')],
    ['E.4-17 X25519: p', x25519(`ed${'ff'.repeat(30)}7f`)],
  ],
  sx_identity: [
    ['E.4-14 an expired manifest', withManifest({ iat: now() - 20 * 86_400, exp: now() - HOUR })],
    ['E.4-14 a manifest of another origin', withManifest({ origin: 'https://elsewhere.example' })],
    ['a manifest signed by another root', withManifest({}, testKey('another root'))],
    ['a manifest signed by an operational key', async () => withManifest({}, peer.party.sign)()],
    ['a manifest that lives longer than 30 days', withManifest({ exp: now() + 31 * 86_400 })],
    ['E.4-14 a manifest with a key of another use', withFirstKey({ use: 'enc' })],
    ['a manifest whose kid is not its key’s', withFirstKey({ kid: arbitrary() })],
    ['a manifest with one key twice', () => withFirstKey({ ...peer.party.manifest.keys[1], use: 'sign' })()],
    ['another instance’s manifest', () => members({ manifest: stranger.party.manifestJws })],
    [
      'a manifest with addresses of another site',
      withManifest({
        oauth: {
          issuer: 'https://elsewhere.example',
          resource: 'https://elsewhere.example/sx/v1',
          redirect_base: 'https://elsewhere.example/',
        },
      }),
    ],
  ],
  sx_version: [
    ['E.4-18 no version in common', members({ vers: ['0.9'] })],
    ['no suite in common', members({ suites: ['SX-Z'] })],
  ],
  sx_malformed: [
    ['E.4-16 a key one byte longer', ephemeral((key) => Buffer.concat([key, Buffer.alloc(1)]))],
    ['E.4-16 a key one byte shorter', ephemeral((key) => key.subarray(1))],
    ['attempt zero', members({ att: 0 })],
    ['an attempt that is no whole number', members({ att: 1.5 })],
    ['an attempt beyond all reason', members({ att: 1e15 })],
    ['another step', members({ step: 'confirm' })],
    ['no nonce', members({ nc: undefined })],
    ['no MAC', { body: { mac: undefined } }],
    ['no versions', members({ vers: [] })],
    ['a redirect with credentials', oauth({ redirect_uri: 'https://a:b@elsewhere.example/' })],
    ['a redirect to a script', oauth({ redirect_uri: 'javascript:alert(1)' })],
    ['an origin with a path', members({ origin: 'https://elsewhere.example/x' })],
  ],
};

describe('a hello with one thing wrong is refused and stores nothing:', () => {
  for (const [code, cases] of Object.entries(refused)) {
    test.each(cases)(`${code}: %s`, async (_name, twist) => {
      const { statement } = await consumer.hello(1, typeof twist === 'function' ? await twist() : twist);
      const before = await stored(at.instance);
      expect((await consumer.send('hello', statement)).error).toBe(code);
      expect(await stored(at.instance)).toEqual(before);
    });
  }
});

test('E.4-18 a version taken out in transit breaks MAC and signature, and is no guess at the secret', async () => {
  const { statement, body } = await consumer.hello(1, { body: { vers: ['1.0', '1.1'] } });
  const [head, , signature] = statement.split('.');
  const stripped = Buffer.from(JSON.stringify({ ...body, vers: ['1.0'] })).toString('base64url');
  const before = await stored(at.instance);
  expect((await consumer.send('hello', `${head}.${stripped}.${signature}`)).error).toBe('sx_refused');
  expect(await stored(at.instance)).toEqual(before);
});

test('E.4-39 a signature spelt in another way is refused before anything is looked up', async () => {
  const { statement } = await consumer.hello(1);
  const last = statement.at(-1) ?? '';
  const flipped = 'AQgw'.includes(last) ? String.fromCharCode(last.charCodeAt(0) + 1) : 'B';
  for (const spelling of [
    `${statement}=`,
    `${statement}\n`,
    ` ${statement}`,
    `${statement} `,
    statement.slice(0, -1) + flipped,
  ])
    expect((await consumer.send('hello', spelling)).error).toBe('sx_malformed');
});

describe('attempts', () => {
  test('E.4-15 the same hello gets the same answer; another one for the same attempt is refused and noted; a lower one too', async () => {
    const { consumer: other, number } = await at.invite('attempts');
    const first = await other.hello(5);
    const answer = await other.send('hello', first.statement);
    expect(answer.status).toBe(200);
    const before = await stored(at.instance);
    expect((await other.send('hello', first.statement)).text).toBe(answer.text);
    expect((await other.send('hello', (await other.hello(5)).statement)).error).toBe('sx_step_conflict');
    expect((await other.send('hello', (await other.hello(4)).statement)).error).toBe('sx_superseded');
    expect(await stored(at.instance)).toEqual(before);
    expect(await alarms(number)).toEqual(['provider.step-conflict']);
  });

  test('a higher attempt takes the place of the lower one, whose client is gone', async () => {
    const { consumer: other } = await at.invite('higher');
    const first = await other.greet(1);
    const second = await other.greet(2);
    await expect(other.push(first)).rejects.toThrow(/not taken/);
    expect((await other.push(second)).authorizationUrl).toContain('/oauth/authorize');
  });
});

/** Refusals in the audit about one record. */
async function alarms(number: string): Promise<string[]> {
  const { open } = at.instance.instance;
  const { rows } = await open.executeSql(
    `select event from audit.entry where subject = $1 and outcome = 'refused' order by id`,
    [number],
  );
  return (rows as { event: string }[]).map(({ event }) => event);
}
