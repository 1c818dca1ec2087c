import { expect, test } from 'vitest';
import { testKey, testParty } from '../../test/harness/sx-party.ts';
import { sha256 } from './encoding.ts';
import { createGenesis, instanceIdOf, isInstanceId, rootCommitment } from './instance-id.ts';
import { canonicalJson } from './json.ts';
import { thumbprint } from './verification-key.ts';

const now = new Date('2026-01-05T09:00:00Z');

test('an id is sxi1 and the base32 of the SHA-256 of the canonical genesis, 56 characters', async () => {
  const { id, discovery } = await testParty('one', now);
  expect(id).toHaveLength(56);
  expect(isInstanceId(id)).toBe(true);
  const bits = [...sha256(canonicalJson(discovery.genesis))].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = bits.padEnd(260, '0').match(/.{5}/g) ?? [];
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  expect(id).toBe(`sxi1${digits.map((digit) => alphabet[Number.parseInt(digit, 2)]).join('')}`);
});

test('the id changes with every member of the genesis', () => {
  const inception = { root: testKey('a').jwk, nextRoot: testKey('b').jwk, createdAt: now, salt: 'A'.repeat(22) };
  const ids = [
    inception,
    { ...inception, root: testKey('c').jwk },
    { ...inception, nextRoot: testKey('c').jwk },
    { ...inception, createdAt: new Date(now.getTime() + 1) },
    { ...inception, salt: `${'A'.repeat(21)}Q` },
  ].map((each) => instanceIdOf(createGenesis(each)));
  expect(new Set(ids).size).toBe(5);
});

test('text that is no id is refused', async () => {
  const { id } = await testParty('one', now);
  const foreign = [
    id.toUpperCase(),
    ` ${id}`,
    `${id}\n`,
    id.slice(0, -1),
    `${id}a`,
    `${id.slice(0, -1)}b`,
    'sxi1',
    '',
    null,
    7,
  ];
  expect(foreign.filter(isInstanceId)).toEqual([]);
});

// RFC 8037 appendix A.3
test('the thumbprint of the key of RFC 8037 is the one printed there', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
  expect(thumbprint(jwk)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  expect(rootCommitment(jwk)).toBe(thumbprint(jwk));
});
