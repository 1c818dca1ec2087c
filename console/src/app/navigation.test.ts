import { expect, test } from 'vitest';
import { type Role, roleNames } from '../../../src/kernel/role.ts';
import { menuFor } from './navigation.ts';

const linesFor = (roles: readonly Role[], filter = ''): string[] =>
  menuFor(new Set(roles), filter).flatMap(({ title, entries }) => entries.map((entry) => `${title} > ${entry.title}`));

test('NAV-01 NAV-05 the menu leads to the provider record, the consumer registrations and the diagnostics', () => {
  expect(linesFor(roleNames)).toEqual(
    expect.arrayContaining([
      'Service Exchange Provider > Provider',
      'Service Exchange Provider > Consumer Registrations',
      'Key Management > Health (Diagnostics)',
    ]),
  );
});

test('REG-02 a contact sees its registrations and none of the administration', () => {
  const lines = linesFor(['sn_sb_pro.consumer']);
  expect(lines).toContain('Service Exchange Provider > Consumer Registrations');
  expect(lines).not.toContain('Service Exchange Provider > Provider');
  expect(lines.filter((line) => line.startsWith('Key Management'))).toEqual([]);
});

test.each<{ roles: Role[]; shown: boolean }>([
  { roles: ['sn_kmf.admin'], shown: false },
  { roles: ['sn_kmf.cryptographic_manager'], shown: false },
  { roles: ['sn_kmf.admin', 'sn_kmf.cryptographic_manager'], shown: true },
  { roles: ['sn_kmf.admin', 'sn_kmf.cryptographic_auditor'], shown: true },
])('KMF-05 the diagnostics are on the menu of $roles: $shown', ({ roles, shown }) => {
  expect(linesFor(roles).includes('Key Management > Health (Diagnostics)')).toBe(shown);
});

test('the filter finds an entry by its own name and by its group', () => {
  expect(linesFor(roleNames, 'registr')).toEqual(['Service Exchange Provider > Consumer Registrations']);
  expect(linesFor(roleNames, 'directory')).toHaveLength(3);
});

test('ERR-01 the Error Log is under both sides, for admin only', () => {
  expect(linesFor(['admin'], 'error log')).toEqual([
    'Service Exchange Provider > Error Log',
    'Service Exchange Consumer > Error Log',
  ]);
  expect(linesFor(['sn_sb.admin'], 'error log')).toEqual([]);
});
