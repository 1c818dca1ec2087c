import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { base64url, sha256 } from './encoding.ts';
import { canonicalJson } from './json.ts';
import { confirmMac, inviteMac, secretHash, verifyConfirmMac, verifyInviteMac } from './macs.ts';

const secret = sha256('secret');
const hello = { iss: 'a', att: 1, nested: { b: 1, a: [1, 'x'] } };

test('the MAC of a hello is HMAC over "sx-inv/1" and the hash of its canonical body without mac', () => {
  const data = `sx-inv/1|${sha256(canonicalJson(hello)).toString('base64url')}`;
  const mac = createHmac('sha256', secret).update(data).digest('base64url');
  expect(inviteMac(secret, hello)).toBe(mac);
  expect(inviteMac(secret, { ...hello, mac: 'anything' })).toBe(mac);
  expect(verifyInviteMac(secret, { ...hello, mac })).toBe(true);
});

test('another secret, another body, another spelling of the MAC or none does not verify', () => {
  const mac = inviteMac(secret, hello);
  expect(verifyInviteMac(sha256('other'), { ...hello, mac })).toBe(false);
  expect(verifyInviteMac(secret, { ...hello, att: 2, mac })).toBe(false);
  for (const wrong of ['', mac.slice(1), `${mac}=`, ` ${mac}`, base64url(sha256('x')), `${mac}AA`])
    expect(verifyInviteMac(secret, { ...hello, mac: wrong })).toBe(false);
});

test('a confirmation of one side is not one of the other, even under the same key', () => {
  const shared = { key: sha256('key'), th2: base64url(sha256('th2')), ath: base64url(sha256('ath')) };
  const mac = confirmMac({ ...shared, side: 'consumer' });
  expect(verifyConfirmMac({ ...shared, side: 'consumer' }, mac)).toBe(true);
  expect(verifyConfirmMac({ ...shared, side: 'provider' }, mac)).toBe(false);
  expect(verifyConfirmMac({ ...shared, side: 'consumer', ath: base64url(sha256('another token')) }, mac)).toBe(false);
  expect(verifyConfirmMac({ ...shared, side: 'consumer', th2: base64url(sha256('another attempt')) }, mac)).toBe(false);
});

test('the invitation names the secret by its SHA-256', () => {
  expect(secretHash(Buffer.from('abc'))).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});
