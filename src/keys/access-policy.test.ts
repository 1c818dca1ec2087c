import { expect, test } from 'vitest';
import { type AccessPolicy, decide, policyFault, type Use } from './access-policy.ts';
import { firstPolicies } from './first-policies.ts';
import { moduleNames, operations } from './module.ts';

const NOW = new Date('2026-01-05T09:00:00Z');
const use: Use = { subject: 'service:link', module: 'sx.sign', operation: 'sign' };
const policy = (changed: Partial<AccessPolicy> = {}): AccessPolicy => ({
  id: 'one',
  subject: 'service:link',
  module: 'sx.sign',
  operations: ['sign'],
  effect: 'track',
  expiresAt: null,
  ...changed,
});
const allowed = (...policies: AccessPolicy[]) => decide(policies, use, NOW).allowed;

test('KMF-24 without a policy a use is denied, and the trace says so', () => {
  expect(decide([], use, NOW)).toEqual({
    allowed: false,
    policies: [],
    reason: 'No access policy names service:link and sx.sign.',
  });
});

test('KMF-24 a track allows unless a strict reject stands against it; a reject alone denies', () => {
  expect(allowed(policy())).toBe(true);
  expect(allowed(policy(), policy({ id: 'two', effect: 'reject' }))).toBe(true);
  expect(allowed(policy(), policy({ id: 'two', effect: 'strict-reject' }))).toBe(false);
  expect(allowed(policy({ effect: 'reject' }))).toBe(false);
});

test('another subject, module or operation, or an expired policy, allows nothing', () => {
  expect(allowed(policy({ subject: 'service:mail' }))).toBe(false);
  expect(allowed(policy({ module: 'sx.data' }))).toBe(false);
  expect(allowed(policy({ operations: ['read-public'] }))).toBe(false);
  expect(allowed(policy({ expiresAt: NOW }))).toBe(false);
});

test('a wildcard matches nothing and is a fault', () => {
  for (const wildcard of [
    policy({ subject: '*' }),
    policy({ subject: 'service:*' }),
    policy({ module: '*' }),
    policy({ module: 'sx.*' }),
    policy({ operations: ['*' as 'sign'] }),
  ]) {
    expect(allowed(wildcard)).toBe(false);
    expect(policyFault(wildcard, moduleNames, NOW)).toContain('wildcard');
  }
  expect(policyFault(policy(), moduleNames, NOW)).toBeNull();
});

test('the trace names the policies consulted in the order they were weighed', () => {
  const decision = decide(
    [policy({ id: 'c', effect: 'reject' }), policy({ id: 'b' }), policy({ id: 'a', effect: 'strict-reject' })],
    use,
    NOW,
  );
  expect(decision).toMatchObject({ allowed: false, policies: ['a', 'b', 'c'], reason: 'Refused by a.' });
});

test('first policies name modules and operations that exist, and use no wildcard', () => {
  for (const [subject, grants] of Object.entries(firstPolicies))
    for (const [module, granted] of Object.entries(grants)) {
      expect(moduleNames).toContain(module);
      for (const operation of granted) expect(operations).toContain(operation);
      expect(policyFault(policy({ id: subject, subject, module, operations: granted }), moduleNames, NOW)).toBeNull();
    }
});
