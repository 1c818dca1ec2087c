import { describe, expect, test } from 'vitest';
import { type Role, roleNames } from '../kernel/index.ts';
import { firstOutOfReach, mayGive } from './role-rules.ts';

const given = (...held: Role[]): Role[] => roleNames.filter((role) => mayGive(new Set(held), role));
const keyRoles = roleNames.filter((role) => role.startsWith('sn_kmf.'));

describe('who gives which role', () => {
  test('admin gives the roles of the exchange and of the directory, none of key management', () => {
    expect(given('admin')).toEqual(['admin', 'sn_sb.admin', 'sn_sb_pro.consumer']);
  });

  test('KMF-29 KMF-30 a KMF admin gives the key management roles and nothing else', () => {
    expect(given('sn_kmf.admin')).toEqual(keyRoles);
  });

  test('KMF-29 OQ-26 admin with security_admin gives every role', () => {
    expect(given('admin', 'security_admin')).toEqual(roleNames);
  });

  test.each(roleNames.filter((role) => role !== 'admin' && role !== 'sn_kmf.admin'))('%s alone gives none', (role) => {
    expect(given(role)).toEqual([]);
  });

  test('somebody is out of reach by any one role that could not be given', () => {
    expect(firstOutOfReach(new Set(['admin']), ['admin', 'sn_kmf.cryptographic_auditor'])).toBe(
      'sn_kmf.cryptographic_auditor',
    );
    expect(firstOutOfReach(new Set(['admin']), ['admin', 'sn_sb.admin'])).toBeUndefined();
  });
});
