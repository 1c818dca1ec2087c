import { createPrivateKey, type KeyObject, sign as signEd25519 } from 'node:crypto';
import { epochSeconds } from '../../src/kernel/index.ts';
import {
  base64url,
  canonicalJson,
  createGenesis,
  type Discovery,
  type Ed25519PublicJwk,
  type InstanceId,
  instanceIdOf,
  type Manifest,
  PROTOCOL_VERSION,
  type Signer,
  SUITE,
  sha256,
  signManifest,
  thumbprint,
  type VerificationKey,
  wireLimits,
} from '../../src/protocol/index.ts';

export type TestKey = {
  readonly seed: Buffer;
  readonly jwk: Ed25519PublicJwk;
  readonly kid: string;
  readonly signer: Signer;
};

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key made from a name, so that a test's keys are the same in every run. */
export function testKey(name: string): TestKey {
  const seed = sha256(`test key ${name}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
  const jwk = publicJwk(privateKey);
  const kid = thumbprint(jwk);
  return {
    seed,
    jwk,
    kid,
    signer: { lease: async () => ({ kid, sign: async (input) => signEd25519(null, input, privateKey) }) },
  };
}

function publicJwk(privateKey: KeyObject): Ed25519PublicJwk {
  const { x } = privateKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key has an x');
  return { kty: 'OKP', crv: 'Ed25519', x };
}

export type Party = {
  readonly id: InstanceId;
  readonly origin: string;
  readonly root: TestKey;
  readonly nextRoot: TestKey;
  readonly sign: TestKey;
  readonly manifest: Manifest;
  readonly manifestJws: string;
  readonly discovery: Discovery;
  /** What a peer that has pinned this party verifies statements with. */
  readonly keys: readonly VerificationKey[];
};

/** One instance as its peers see it: identity, keys, signed manifest, discovery document. */
export async function testParty(name: string, now: Date, changes: Partial<Manifest> = {}): Promise<Party> {
  const [root, nextRoot, sign, client, authorization] = ['root', 'next', 'sign', 'client', 'as'].map((use) =>
    testKey(`${name} ${use}`),
  ) as [TestKey, TestKey, TestKey, TestKey, TestKey];
  const origin = `https://${name}.example`;
  const salt = base64url(sha256(`salt ${name}`).subarray(0, 16));
  const genesis = createGenesis({ root: root.jwk, nextRoot: nextRoot.jwk, createdAt: now, salt });
  const id = instanceIdOf(genesis);
  const iat = epochSeconds(now);
  const manifest: Manifest = {
    iss: id,
    seq: 1,
    iat,
    exp: iat + 30 * 86_400,
    origin,
    display: `The ${name}`,
    keys: (
      [
        ['sign', sign],
        ['client', client],
        ['as', authorization],
      ] as const
    ).map(([use, key]) => ({
      kid: key.kid,
      use,
      jwk: { ...key.jwk },
      nbf: iat - 86_400,
      exp: iat + 90 * 86_400,
      state: 'active' as const,
    })),
    oauth: { issuer: origin, resource: `${origin}/sx/v1`, redirect_base: `${origin}/sx/oauth/cb` },
    endpoints: {
      onboard: `${origin}/sx/v1/onboard`,
      conn: `${origin}/sx/v1/connections`,
      blob: `${origin}/sx/v1/blobs`,
    },
    vers: [PROTOCOL_VERSION],
    suites: [SUITE],
    limits: { ...wireLimits },
    revoked: [],
    min_vers: PROTOCOL_VERSION,
    ...changes,
  };
  const manifestJws = await signManifest(root.signer, manifest);
  const discovery: Discovery = { sx: '1', id, genesis, log: [], manifest: manifestJws, now: now.toISOString() };
  return {
    id,
    origin,
    root,
    nextRoot,
    sign,
    manifest,
    manifestJws,
    discovery,
    keys: [{ kid: sign.kid, jwk: sign.jwk }],
  };
}

export const discoveryBytes = (discovery: Discovery): Buffer => Buffer.from(canonicalJson(discovery));

/** Bytes that look random and are the same in every run: SHA-256 in counter mode. */
export function testRandom(seed: string) {
  let counter = 0;
  return {
    bytes: (length: number): Buffer => {
      const blocks: Buffer[] = [];
      for (let size = 0; size < length; size += 32) blocks.push(sha256(`${seed} ${counter++}`));
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}
