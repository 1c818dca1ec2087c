import { beforeAll, expect, test } from 'vitest';
import { mutations } from '../../test/harness/mutations.ts';
import { type Party, testParty, testRandom } from '../../test/harness/sx-party.ts';
import { base64url } from './encoding.ts';
import { secretHash } from './macs.ts';
import { buildLink, parseLink } from './registration-link.ts';
import { claimsFor, openStatement, signStatement } from './statement.ts';

const now = new Date('2026-01-05T09:00:00Z');
const random = testRandom('link');
const secret = random.bytes(32);
let p: Party;
let c: Party;
let link: string;
let invite: string;
beforeAll(async () => {
  p = await testParty('provider', now);
  c = await testParty('consumer', now);
  invite = await signStatement(p.sign.signer, 'invite', {
    ...claimsFor('invite', { issuer: p.id, audience: c.id, now, random, lifeSeconds: 86_400 }),
    purl: p.origin,
    curl: c.origin,
    reg: `reg_${'1'.repeat(32)}`,
    gen: 1,
    sh: secretHash(secret),
    pn: 'The provider',
    ch: 'j…@consumer.example',
    vers: ['1.0'],
  });
  link = buildLink({ consumerOrigin: c.origin, invite, secret });
});

const parsed = (text: string) => {
  const result = parseLink(text);
  return result.ok ? { ...result.value, secret: base64url(result.value.secret) } : result.error.code;
};

test('REG-67 a link holds origin, invitation and secret, the last two after the # only', () => {
  const { origin, pathname, search, hash } = new URL(link);
  expect([origin, pathname, search]).toEqual([c.origin, '/sx/join', '']);
  expect(hash).toBe(`#i=${invite}&s=${base64url(secret)}`);
  expect(parsed(link)).toEqual({ origin: c.origin, invite, secret: base64url(secret) });
});

test('what follows the # may be pasted alone, with or without it, with white space around', () => {
  const fragment = link.slice(link.indexOf('#'));
  const whole = { origin: null, invite, secret: base64url(secret) };
  expect(parsed(fragment)).toEqual(whole);
  expect(parsed(fragment.slice(1))).toEqual(whole);
  expect(parsed(`\n  ${link}\r\n`)).toEqual({ ...whole, origin: c.origin });
});

test('any other spelling is refused', () => {
  const s = base64url(secret);
  for (const text of [
    '',
    '#',
    'hello',
    c.origin,
    `${c.origin}/sx/join`,
    `${c.origin}/sx/join/#i=${invite}&s=${s}`,
    `${c.origin}/sx/join?i=${invite}&s=${s}`,
    `${c.origin}/other#i=${invite}&s=${s}`,
    `https://user@consumer.example/sx/join#i=${invite}&s=${s}`,
    `javascript:alert(1)//sx/join#i=${invite}&s=${s}`,
    `${c.origin}/sx/join#s=${s}&i=${invite}`,
    `${c.origin}/sx/join#i=${invite}&s=${s}&x=1`,
    `${c.origin}/sx/join#i=${invite}&s=${s.slice(0, -1)}`,
    `${c.origin}/sx/join#i=${invite}&s=${s.slice(0, -1)}${s.endsWith('A') ? 'B' : 'z'}`,
    `${c.origin}/sx/join#i=${invite.slice(0, -1)}&s=${s}`,
    link.replace('#', '##'),
  ])
    expect(parsed(text)).toBe('malformed');
  expect(parsed(`${link}${' '.repeat(8_192)}`)).toBe('too-large');
});

test('a damaged link never gives an invitation that opens with a secret that fits', async () => {
  for (const damaged of mutations(link, { seed: 'links', count: 2_000 })) {
    const result = parseLink(damaged);
    if (!result.ok || damaged.trim() === link) continue;
    const opened = await openStatement('invite', result.value.invite, {
      keys: p.keys,
      issuer: p.id,
      audience: c.id,
      now,
    });
    const whole = opened.ok && opened.value.sh === secretHash(result.value.secret);
    // The origin in front of the # is not signed twice: the invitation names it (`curl`), and the importer compares.
    expect(whole && result.value.origin === c.origin).toBe(false);
  }
});
