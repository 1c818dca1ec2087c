import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importRegistrationLink } from '../../src/consumer/contract.ts';
import { CallRefused } from '../../src/demo/api-caller.ts';
import { type Administrator, importLink } from '../../src/demo/registration-story.ts';
import { buildLink, DISCOVERY_PATH } from '../../src/protocol/index.ts';
import { type AttackedConsumer, openAttackedConsumer } from '../harness/attacked-consumer.ts';
import { closeHostilePeers, type HostilePeer, openHostilePeer, type Responder } from '../harness/hostile-peer.ts';
import type { HostileProvider, Twist } from '../harness/hostile-provider.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

let at: AttackedConsumer;
let provider: HostileProvider;
let stranger: HostilePeer;
/** Twenty imports a minute are all that one person gets: each group of tests has its own. */
let importer: Administrator;
beforeAll(async () => {
  at = await openAttackedConsumer();
  provider = await at.provider('mallory');
  stranger = await openHostilePeer('stranger', '127.0.0.1');
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const HOUR = 3_600;
const now = () => Math.floor(Date.now() / 1_000);

/** Importing the code is refused with this problem, and nothing is stored. */
async function refusedAs(slug: string, code: string): Promise<void> {
  const before = await stored(at.instance);
  const refusal = await importLink(importer, code).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(CallRefused);
  expect((refusal as CallRefused).problem.type).toBe(`urn:liaise:problem:consumer/${slug}`);
  expect(await stored(at.instance)).toEqual(before);
}

describe('an invitation with one thing wrong is refused and stores nothing:', () => {
  beforeAll(async () => {
    importer = await at.administrator('importer-1');
  });

  const cases: readonly (readonly [name: string, slug: string, twist: () => Twist])[] = [
    ['for another instance', 'link-for-another-instance', () => ({ body: { aud: stranger.party.id } })],
    ['for another address', 'link-for-another-instance', () => ({ body: { curl: 'https://elsewhere.example' } })],
    ['E.4-13 of another instance than answers there', 'link-refused', () => ({ body: { iss: stranger.party.id } })],
    ['that leads to another instance', 'link-refused', () => ({ body: { purl: stranger.origin } })],
    ['that has expired', 'link-refused', () => ({ body: { iat: now() - 9 * 24 * HOUR, exp: now() - HOUR } })],
    ['of tomorrow', 'link-refused', () => ({ body: { iat: now() + 24 * HOUR, exp: now() + 48 * HOUR } })],
    ['that lives longer than 30 days', 'link-refused', () => ({ body: { exp: now() + 31 * 24 * HOUR } })],
    ['signed by nobody', 'link-refused', () => ({ by: testKey('nobody') })],
    ['signed by the root key', 'link-refused', () => ({ by: provider.peer.party.root })],
    ['signed by the client key', 'link-refused', () => ({ by: testKey('mallory client') })],
    ['whose secret is another one', 'link-refused', () => ({ body: { sh: 'A'.repeat(43) } })],
    ['with a provider address that is none', 'link-refused', () => ({ body: { purl: 'file:///etc/passwd' } })],
    [
      'with a name that reverses the direction of writing',
      'link-refused',
      () => ({ body: { pn: 'Nice\u202Emoc.live' } }),
    ],
    ['with a name of two lines', 'link-refused', () => ({ body: { pn: 'Nice\nand more' } })],
    ['with a name of 10,000 characters', 'link-refused', () => ({ body: { ch: 'x'.repeat(10_000) } })],
    ['with generation zero', 'link-refused', () => ({ body: { gen: 0 } })],
  ];
  test.each(cases)('%s (%s)', async (_name, slug, twist) => refusedAs(slug, await provider.link(twist())));

  test('E.4-11 with another secret than the invitation was made for', async () =>
    refusedAs('link-refused', await provider.link({}, Buffer.alloc(32, 7))));

  test('another kind of statement, signed by the right key', async () => {
    const claims = { ...provider.peer.claims('invite', provider.consumer.id), nonce: 'A'.repeat(43) };
    const invite = await provider.peer.sign('probe', claims);
    await refusedAs('link-refused', buildLink({ consumerOrigin: at.instance.origin, invite, secret: provider.secret }));
  });

  test('one that leads to an address this instance may not call', async () => {
    await refusedAs('provider-unreachable', await provider.link({ body: { purl: 'http://10.9.8.7' } }));
  });
});

describe('E.4-10 one changed byte of a link', () => {
  beforeAll(async () => {
    importer = await at.administrator('importer-2');
  });

  test('anywhere in it is refused, and nothing is stored', async () => {
    const link = await provider.link();
    const start = link.indexOf('#') + 1;
    const before = await stored(at.instance);
    const step = Math.ceil((link.length - start) / 16);
    for (let place = start; place < link.length; place += step) {
      const swapped = link[place] === 'A' ? 'B' : 'A';
      const damaged = link.slice(0, place) + swapped + link.slice(place + 1);
      await expect(importLink(importer, damaged)).rejects.toThrow(CallRefused);
    }
    expect(await stored(at.instance)).toEqual(before);
  });
});

describe('an identity that does not hold is refused and stores nothing:', () => {
  beforeAll(async () => {
    importer = await at.administrator('importer-3');
  });

  const served =
    (
      change: (discovery: Record<string, unknown>) => Record<string, unknown> | Promise<Record<string, unknown>>,
    ): Responder =>
    async () => ({
      body: JSON.stringify({ ...(await change({ ...stranger.party.discovery, now: new Date().toISOString() })) }),
    });
  const withManifest = (changes: Record<string, unknown>, by?: ReturnType<typeof testKey>) =>
    served(async (discovery) => ({ ...discovery, manifest: await stranger.manifest(changes, by) }));
  const cases: readonly (readonly [name: string, responder: () => Responder])[] = [
    ['E.4-13 another id', () => served((it) => ({ ...it, id: provider.peer.party.id }))],
    [
      'E.4-13 a genesis of another instance',
      () => served((it) => ({ ...it, genesis: provider.peer.party.discovery.genesis })),
    ],
    ['E.4-14 a manifest that has expired', () => withManifest({ iat: now() - 20 * 24 * HOUR, exp: now() - HOUR })],
    ['E.4-14 a manifest of another origin', () => withManifest({ origin: 'https://elsewhere.example' })],
    ['a manifest signed by an operational key', () => withManifest({}, stranger.party.sign)],
    [
      'a manifest whose sign-in is on another site',
      () => withManifest({ oauth: { ...stranger.party.manifest.oauth, issuer: 'https://elsewhere.example' } }),
    ],
    ['a succession log that leads nowhere', () => served((it) => ({ ...it, log: [stranger.party.manifestJws] }))],
    ['duplicate members', () => () => ({ body: `{"sx":"1",${JSON.stringify(stranger.party.discovery).slice(1)}` })],
    ['no JSON', () => () => ({ body: '{' })],
    ['HTML', () => () => ({ type: 'text/html', body: '<script>alert(1)</script>' })],
    [
      'a redirect',
      () => () => ({ status: 302, headers: { location: `${provider.peer.origin}${DISCOVERY_PATH}` }, body: '' }),
    ],
    ['E.4-5 more than 256 KiB', () => () => ({ body: `{"sx":"${' '.repeat(300 * 1024)}"}` })],
  ];
  test.each(cases)('%s', async (_name, responder) => {
    stranger.on(`GET ${DISCOVERY_PATH}`, responder());
    const before = await stored(at.instance);
    const invite = await stranger.sign('invite', {
      ...stranger.claims('invite', provider.consumer.id),
      ...{
        purl: stranger.origin,
        curl: at.instance.origin,
        reg: provider.reg,
        gen: 1,
        sh: 'A'.repeat(43),
        pn: 'x',
        ch: 'x',
        vers: ['1.0'],
      },
    });
    const link = buildLink({ consumerOrigin: at.instance.origin, invite, secret: provider.secret });
    await expect(importLink(importer, link)).rejects.toThrow(/Nothing was stored/);
    expect(await stored(at.instance)).toEqual(before);
  });
});

test('T18 an older manifest than the one seen before is refused, as is the invitation signed with a key it brings back', async () => {
  const rolled = await at.provider('rolled-back');
  const admin = await at.administrator('importer-rolled');
  const serve = (seq: number) => async () => {
    const manifest = await rolled.peer.manifest({ seq });
    return { body: JSON.stringify({ ...rolled.peer.party.discovery, manifest, now: new Date().toISOString() }) };
  };
  rolled.peer.on(`GET ${DISCOVERY_PATH}`, serve(2));
  await importLink(admin, await rolled.link());
  rolled.peer.on(`GET ${DISCOVERY_PATH}`, serve(1));
  const before = await stored(at.instance);
  await expect(importLink(admin, await rolled.link({ body: { gen: 2 } }))).rejects.toThrow(/older identity/);
  expect(await stored(at.instance)).toEqual(before);
});

describe('who may import', () => {
  beforeAll(async () => {
    importer = await at.administrator('importer-4');
  });

  const post = (headers: Record<string, string>, code: string) =>
    importer.browser.json('POST', at.instance.origin + importRegistrationLink.path, { code }, headers);

  test('E.4-9 nobody without the token of the session, and no page of another site', async () => {
    const code = await provider.link();
    const session = (await (
      await importer.browser.json('GET', `${at.instance.origin}/api/session`, undefined)
    ).json()) as { csrfToken: string };
    const token = { 'x-csrf-token': session.csrfToken };
    const before = await stored(at.instance);
    const answers = [
      await post({}, code),
      await post({ 'x-csrf-token': 'A'.repeat(43) }, code),
      await post({ ...token, origin: provider.peer.origin }, code),
      await post({ ...token, origin: 'null' }, code),
      await post({ ...token, 'sec-fetch-site': 'cross-site' }, code),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    const stranger = at.instance.visitor();
    await expect(stranger.api.call(importRegistrationLink, { input: { code } })).rejects.toThrow('(401)');
    expect(await stored(at.instance)).toEqual(before);
  });

  test('E.4-8 a link that scanners have opened fifty times is imported all the same, and only once', async () => {
    const link = await provider.link();
    const before = await stored(at.instance);
    for (const method of ['GET', 'HEAD'])
      for (let time = 0; time < 25; time += 1)
        await (await fetch(link, { method, headers: { accept: 'text/html' } })).arrayBuffer();
    expect(await stored(at.instance)).toEqual(before);
    const [first, second] = await Promise.all([importLink(importer, link), importLink(importer, link)]);
    expect(first.number).toBe(second.number);
    expect(first.state).toBe('new');
  });
});
