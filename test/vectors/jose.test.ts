import { compactDecrypt, compactVerify, importJWK, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { hasExactly, strictHeader, strictSegments } from '../../src/protocol/compact.ts';
import { peekEnvelope } from '../../src/protocol/index.ts';
import { parseJws } from '../../src/protocol/jws.ts';
import { runVectors, succeeds } from './wycheproof.ts';

type Group = { private?: KeyOrSet; public?: KeyOrSet };
type KeyOrSet = JWK & { keys?: JWK[] };
type Vector = { jws?: string; jwe?: string; pt?: string };
type Pinned = JWK & { alg: string };

/** One key, pinned the way a manifest pins keys: a set has one type and no kid twice; `alg` is said and `use` fits. */
function pinnedKey(source: KeyOrSet | undefined, use: 'sig' | 'enc', kid: unknown): Pinned | null {
  const keys = source?.keys ?? (source === undefined ? [] : [source]);
  const sound =
    new Set(keys.map((key) => key.kid)).size === keys.length && new Set(keys.map(({ kty }) => kty)).size === 1;
  const key = keys.length === 1 ? keys[0] : keys.find((each) => each.kid === kid);
  if (!sound || key?.alg === undefined || (key.use !== undefined && key.use !== use)) return null;
  return { ...key, alg: key.alg };
}

const verifies = (jws: string, source: KeyOrSet | undefined) =>
  succeeds(async () => {
    const [header] = strictSegments(jws, 3) ?? [];
    const members = header === undefined ? null : strictHeader(header);
    const key = members === null ? null : pinnedKey(source, 'sig', members.kid);
    if (key === null) return false;
    await compactVerify(jws, await importJWK(key), { algorithms: [key.alg] });
    return true;
  });

const decrypts = (jwe: string, source: KeyOrSet | undefined, expected: string | undefined) =>
  succeeds(async () => {
    const [header] = strictSegments(jwe, 5) ?? [];
    const members = header === undefined ? null : strictHeader(header);
    const key = members === null ? null : pinnedKey(source, 'enc', members.kid);
    if (key === null) return false;
    const { plaintext } = await compactDecrypt(jwe, await importJWK(key), { keyManagementAlgorithms: [key.alg] });
    return expected === undefined || Buffer.from(plaintext).toString('hex') === expected;
  });

const accepts = ({ jws, jwe, pt }: Vector, group: Group) =>
  jws !== undefined ? verifies(jws, group.public ?? group.private) : decrypts(jwe ?? '', group.private, pt);

describe('the strict gate in front of jose, algorithm pinned by the key', () => {
  test.each(['json_web_signature', 'json_web_encryption', 'json_web_key', 'json_web_crypto'])('%s', async (file) => {
    await runVectors<Group, Vector>(file, accepts);
  });
});

test('the doors of the protocol let none of them in: no vector is Ed25519, or dir with A256GCM and our content type', async () => {
  const refused: boolean[] = [];
  for (const file of ['json_web_signature', 'json_web_encryption', 'json_web_key', 'json_web_crypto']) {
    await runVectors<Group, Vector>(file, (vector, group) => {
      const jws = vector.jws === undefined ? null : parseJws(vector.jws, { typ: 'sx-commit+jwt', maxBytes: 100_000 });
      refused.push(jws === null ? !peekEnvelope(vector.jwe ?? '').ok : !jws.ok);
      return accepts(vector, group);
    });
  }
  expect(new Set(refused)).toEqual(new Set([true]));
});

test('a header has exactly the members asked for', () => {
  expect(hasExactly({ alg: 1, kid: 2 }, ['alg', 'kid'])).toBe(true);
  expect(hasExactly({ alg: 1, kid: 2, typ: 3 }, ['alg', 'kid'])).toBe(false);
  expect(hasExactly({ alg: 1 }, ['alg', 'kid'])).toBe(false);
});
