import { beforeAll, expect, test } from 'vitest';
import { mutations } from '../../test/harness/mutations.ts';
import { discoveryBytes, type Party, testKey, testParty } from '../../test/harness/sx-party.ts';
import { type Pin, parseDiscovery, verifyDiscovery } from './discovery.ts';
import { base64url, sha256 } from './encoding.ts';
import { rootCommitment } from './instance-id.ts';
import { canonicalJson } from './json.ts';
import { hashStatement, signJws } from './jws.ts';
import { MANIFEST_TYP, type Manifest, manifestKeys, signManifest } from './manifest.ts';
import { SUCCESSION_TYP } from './succession.ts';

const now = new Date('2026-01-05T09:00:00Z');
const day = 86_400_000;
let party: Party;
let other: Party;
beforeAll(async () => {
  party = await testParty('one', now);
  other = await testParty('two', now);
});

const verify = async (
  discovery: Record<string, unknown>,
  expected: { origin?: string; now?: Date; pin?: Pin } = {},
) => {
  const seen = await verifyDiscovery(Buffer.from(JSON.stringify(discovery)), {
    origin: party.origin,
    now,
    ...expected,
  });
  if (seen.ok) return seen.value.id;
  return seen.error.code === 'bad-manifest' ? `bad-manifest ${seen.error.reason}` : seen.error.code;
};

const signedAgain = async (changes: Partial<Manifest>) => ({
  ...party.discovery,
  manifest: await signManifest(party.root.signer, { ...party.manifest, ...changes }),
});

test('an honest document proves id, root, manifest and clock', async () => {
  const seen = await verifyDiscovery(discoveryBytes(party.discovery), { origin: party.origin, now });
  expect(seen.ok && seen.value).toMatchObject({
    id: party.id,
    rootThumbprint: party.root.kid,
    manifest: { seq: 1, origin: party.origin },
    peerNow: now,
  });
});

test('an id that is not the hash of the genesis is refused, whoever signed', async () => {
  expect(await verify({ ...party.discovery, id: other.id })).toBe('wrong-id');
  expect(await verify({ ...party.discovery, genesis: other.discovery.genesis })).toBe('wrong-id');
});

test('another instance at a pinned address is refused', async () => {
  expect(await verify(party.discovery, { pin: { id: other.id } })).toBe('pinned-id-differs');
  expect(await verify(party.discovery, { pin: { id: party.id, seq: 1 } })).toBe(party.id);
});

test('a manifest that is older than one seen before, expired, too long-lived or not yet valid is refused', async () => {
  expect(await verify(party.discovery, { pin: { id: party.id, seq: 2 } })).toBe('bad-manifest rolled-back');
  expect(await verify(party.discovery, { now: new Date(now.getTime() + 31 * day) })).toBe('bad-manifest expired');
  expect(await verify(party.discovery, { now: new Date(now.getTime() - day) })).toBe('bad-manifest not-yet-valid');
  expect(await verify(await signedAgain({ exp: party.manifest.exp + 1 }))).toBe('bad-manifest too-long-lived');
});

test('a manifest for another origin than the one it was fetched from is refused', async () => {
  expect(await verify(party.discovery, { origin: 'https://elsewhere.example' })).toBe('bad-manifest wrong-origin');
  expect(await verify(await signedAgain({ iss: other.id }))).toBe('bad-manifest wrong-instance');
});

test('a manifest that names addresses of another site is refused', async () => {
  const { oauth, endpoints, origin } = party.manifest;
  const foreign = 'https://elsewhere.example/sx/v1';
  for (const changes of [
    { oauth: { ...oauth, issuer: 'https://elsewhere.example' } },
    { oauth: { ...oauth, issuer: `${origin}/` } },
    { oauth: { ...oauth, resource: foreign } },
    { oauth: { ...oauth, redirect_base: foreign } },
    { oauth: { ...oauth, resource: `${origin}.elsewhere.example/sx/v1` } },
    { endpoints: { ...endpoints, onboard: foreign } },
    { endpoints: { ...endpoints, conn: foreign } },
    { endpoints: { ...endpoints, blob: foreign } },
  ])
    expect(await verify(await signedAgain(changes))).toBe('bad-manifest foreign-address');
});

test('a manifest signed by any other key than the current root is refused', async () => {
  const byOther = await signManifest(other.root.signer, party.manifest);
  expect(await verify({ ...party.discovery, manifest: byOther })).toBe('bad-manifest bad-signature');
  const bySignKey = await signManifest(party.sign.signer, party.manifest);
  expect(await verify({ ...party.discovery, manifest: bySignKey })).toBe('bad-manifest bad-signature');
});

const signedRaw = async (changes: Record<string, unknown>) => ({
  ...party.discovery,
  manifest: await signJws(
    party.root.signer,
    MANIFEST_TYP,
    Buffer.from(canonicalJson({ ...party.manifest, ...changes })),
  ),
});

test('keys of an unknown use, with a private part, a foreign kid, twice, or equal to the root are refused', async () => {
  const [key, ...rest] = party.manifest.keys;
  const keys = (first: unknown) => signedRaw({ keys: [first, ...rest] });
  expect(await verify(await keys({ ...key, use: 'enc' }))).toBe('bad-manifest bad-schema');
  expect(await verify(await keys({ ...key, jwk: { ...key?.jwk, d: key?.jwk.x } }))).toBe('bad-manifest bad-schema');
  expect(await verify(await keys({ ...key, jwk: { kty: 'OKP', crv: 'X25519', x: key?.jwk.x } }))).toBe(
    'bad-manifest bad-schema',
  );
  expect(await verify(await keys({ ...key, kid: other.sign.kid }))).toBe('bad-manifest bad-key');
  expect(await verify(await keys({ ...rest[0], use: 'sign' }))).toBe('bad-manifest bad-key');
  expect(await verify(await keys({ ...key, kid: party.root.kid, jwk: party.root.jwk }))).toBe('bad-manifest bad-key');
});

test('unknown members are preserved and ignored', async () => {
  const seen = await verifyDiscovery(
    Buffer.from(JSON.stringify({ ...(await signedRaw({ colour: 'green' })), extra: 1 })),
    {
      origin: party.origin,
      now,
    },
  );
  expect(seen.ok && seen.value.manifest).toMatchObject({ colour: 'green' });
});

test('only keys of the asked use that are neither suspended, compromised nor revoked count, in their time', () => {
  const [sign, client] = party.manifest.keys;
  if (sign === undefined || client === undefined) throw new Error('the party has keys');
  const keyed = (changes: Partial<Manifest>) =>
    manifestKeys({ ...party.manifest, ...changes }, 'sign').map(({ kid }) => kid);
  expect(keyed({})).toEqual([sign.kid]);
  expect(keyed({ keys: [{ ...sign, state: 'deactivated' }, client] })).toEqual([sign.kid]);
  expect(keyed({ keys: [{ ...sign, state: 'suspended' }, client] })).toEqual([]);
  expect(keyed({ keys: [{ ...sign, state: 'compromised' }, client] })).toEqual([]);
  expect(keyed({ revoked: [{ kid: sign.kid, at: 1, reason: 'compromise' }] })).toEqual([]);
});

test('more than 256 KiB, or a body that is no JSON object, is refused before anything else', () => {
  const code = (body: Buffer) => {
    const parsed = parseDiscovery(body);
    return parsed.ok ? 'accepted' : parsed.error.code;
  };
  expect(code(Buffer.alloc(256 * 1024 + 1, 0x20))).toBe('too-large');
  for (const text of ['[]', 'null', '"x"', '<html>', '{"sx":"2"}']) expect(code(Buffer.from(text))).toBe('malformed');
});

const succession = async (changes: Record<string, unknown> = {}, signedBy = party.nextRoot) =>
  signJws(
    signedBy.signer,
    SUCCESSION_TYP,
    Buffer.from(
      canonicalJson({
        iss: party.id,
        n: 1,
        prev: base64url(sha256(canonicalJson(party.discovery.genesis))),
        root: party.nextRoot.jwk,
        next: rootCommitment(testKey('third root').jwk),
        reason: 'scheduled',
        iat: 1_767_603_600,
        ...changes,
      }),
    ),
  );

const withLog = async (log: string[], root = party.nextRoot) => ({
  ...party.discovery,
  log,
  manifest: await signManifest(root.signer, { ...party.manifest, seq: 2 }),
});

test('a succession to the committed key moves the root; the old root signs nothing any more', async () => {
  const first = await succession();
  expect(await verify(await withLog([first]))).toBe(party.id);
  expect(await verify(await withLog([first], party.root))).toBe('bad-manifest bad-signature');
  const third = testKey('third root');
  const second = await succession(
    { n: 2, prev: hashStatement(first), root: third.jwk, next: rootCommitment(testKey('fourth').jwk) },
    third,
  );
  expect(await verify(await withLog([first, second], third))).toBe(party.id);
  expect(await verify(await withLog([second, first], third))).toBe('bad-log');
});

test('a succession that was not committed to, is not signed by its own key, or does not continue the log is refused', async () => {
  const thief = testKey('thief');
  expect(await verify(await withLog([await succession({ root: thief.jwk }, thief)]))).toBe('bad-log');
  expect(await verify(await withLog([await succession({}, party.root)]))).toBe('bad-log');
  expect(await verify(await withLog([await succession({ n: 2 })]))).toBe('bad-log');
  expect(await verify(await withLog([await succession({ iss: other.id })]))).toBe('bad-log');
  expect(await verify(await withLog([await succession({ prev: 'A'.repeat(43) })]))).toBe('bad-log');
});

test('a log that has become shorter than the one seen before is refused', async () => {
  expect(await verify(party.discovery, { pin: { id: party.id, successions: 1 } })).toBe('log-rolled-back');
});

test('a damaged document gives an error or the same identity, never an exception and never another identity', async () => {
  const text = discoveryBytes(party.discovery).toString('latin1');
  for (const damaged of mutations(text, { seed: 'discovery', count: 1_500 })) {
    const seen = await verifyDiscovery(Buffer.from(damaged, 'latin1'), { origin: party.origin, now });
    if (seen.ok) expect([seen.value.id, seen.value.manifestJws]).toEqual([party.id, party.manifestJws]);
  }
});

test('damaged manifests and successions under a good signature give an error, never an exception', async () => {
  const manifest = canonicalJson(party.manifest);
  for (const damaged of mutations(manifest, { seed: 'manifest', count: 200 })) {
    const jws = await signJws(party.root.signer, MANIFEST_TYP, Buffer.from(damaged, 'latin1'));
    await verify({ ...party.discovery, manifest: jws });
  }
  const log = await succession();
  for (const damaged of mutations(log, { seed: 'log', count: 200 })) {
    expect(await verify({ ...(await withLog([])), log: [damaged] })).not.toBe(party.id);
  }
});
