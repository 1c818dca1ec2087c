import { expect, test } from 'vitest';
import { isMailAddress } from './mail-address.ts';

test.each(['jo@example.com', 'jo.o+sx@mail.example.com', 'jo@localhost', 'josé@bücher.example'])(
  '%s is an address',
  (text) => {
    expect(isMailAddress(text)).toBe(true);
  },
);

test.each([
  '',
  'jo',
  '@example.com',
  'jo@',
  'jo@@example.com',
  'jo @example.com',
  'jo@example.com, eve@example.com',
  'jo@example.com;eve@example.com',
  'Jo <jo@example.com>',
  '"jo eve@example.com"@example.org',
  'jo@example.com\r\nBcc: eve@example.com',
  'jo@example.com\n',
  'jo\0@example.com',
  'group:jo@example.com',
  `${'a'.repeat(250)}@example.com`,
])('E.4-31 "%s" is not one address', (text) => {
  expect(isMailAddress(text)).toBe(false);
});
