import { expect, test } from 'vitest';
import { byAccount, network } from './throttle.ts';

test('an IPv6 customer counts as one address, an IPv4 address as itself', () => {
  expect(network('2001:db8:1:2:3::4')).toBe(network('2001:db8:1:2:ffff::1'));
  expect(network('2001:db8:1:2::1')).not.toBe(network('2001:db8:1:3::1'));
  expect(network('192.0.2.1')).not.toBe(network('192.0.2.2'));
});

test('an IPv4 address is the same written as IPv6', () => {
  expect(network('::ffff:192.0.2.1')).toBe(network('192.0.2.1'));
});

test('what is no address is counted together', () => {
  expect(network('')).toBe(network('nonsense'));
});

test('an account is one however its name is typed, and its key does not show it', () => {
  expect(byAccount(' ADA ').key).toBe(byAccount('ada').key);
  expect(byAccount('ada').key).not.toContain('ada');
});
