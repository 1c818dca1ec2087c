import { expect, test } from 'vitest';
import { cookieNames } from './cookie-names.ts';

test('over https the prefixes bind the cookies to the host and to TLS', () => {
  expect(cookieNames(new URL('https://exchange.example.com'), 'a1b2c3d4')).toEqual({
    session: '__Host-liaise_sid',
    oauthSession: '__Host-liaise_as',
    interaction: '__Secure-liaise_int',
    resume: '__Secure-liaise_res',
    secure: true,
  });
});

test('two instances on one machine do not overwrite each other’s cookies', () => {
  const url = new URL('http://127.0.0.1:4100');
  expect(cookieNames(url, 'a1b2c3d4').session).toBe('liaise_a1b2c3d4_sid');
  expect(cookieNames(url, 'e5f6a7b8').session).not.toBe(cookieNames(url, 'a1b2c3d4').session);
  expect(cookieNames(null, 'a1b2c3d4')).toEqual(cookieNames(url, 'a1b2c3d4'));
});
