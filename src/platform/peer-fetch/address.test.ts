import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGlobalAddress, isReachable, parseCidrs } from './address.ts';

const notGlobal = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:0:127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'example.com',
  '',
];

describe('isGlobalAddress', () => {
  test.each(notGlobal)('E.4-2 E.4-3 "%s" is not on the public internet', (address) => {
    expect(isGlobalAddress(address)).toBe(false);
  });

  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
    '::ffff:8.8.8.8',
  ])('"%s" is on the public internet', (address) => {
    expect(isGlobalAddress(address)).toBe(true);
  });

  test('an IPv4 address means the same inside an IPv6 one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isGlobalAddress(`::ffff:${address}`)).toBe(isGlobalAddress(address));
      }),
    );
  });
});

describe('isReachable', () => {
  const allowed = parseCidrs(['10.1.0.0/16', '::1/128']);

  test('an allowed range opens exactly itself', () => {
    expect(isReachable('https:', '10.1.2.3', allowed)).toBe(true);
    expect(isReachable('https:', '::ffff:10.1.2.3', allowed)).toBe(true);
    expect(isReachable('https:', '10.2.0.1', allowed)).toBe(false);
    expect(isReachable('https:', '::1', allowed)).toBe(true);
    expect(isReachable('https:', '127.0.0.1', allowed)).toBe(false);
  });

  test('http reaches allowed ranges only, never the public internet', () => {
    expect(isReachable('http:', '10.1.2.3', allowed)).toBe(true);
    expect(isReachable('http:', '8.8.8.8', allowed)).toBe(false);
  });

  test('a malformed range in the configuration is said by name', () => {
    expect(() => parseCidrs(['10.0.0.0/8', '10.0.0.0/99'])).toThrow('"10.0.0.0/99" is not an address range');
  });
});
