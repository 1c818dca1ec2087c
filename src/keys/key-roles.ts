import type { Role } from '../kernel/index.ts';
import type { KeyEvent } from './key-state.ts';

/** Where the roles come from; every refusal ends with it (REG-13, REG-14, OQ-26). */
export const HOW_ROLES_ARE_ASSIGNED =
  'Key management roles are assigned in Administration > Users (or PATCH /api/users/{id}) by somebody who holds both ' +
  'admin and security_admin, or sn_kmf.admin; they take effect at once, without signing in again.';

/** 'full': sn_kmf.admin and manager. 'read-only': sn_kmf.admin and auditor. Anybody else, sn_kmf.admin alone included, none. */
export function diagnosticsAccess(held: ReadonlySet<Role>): 'full' | 'read-only' | 'none' {
  if (!held.has('sn_kmf.admin')) return 'none';
  if (held.has('sn_kmf.cryptographic_manager')) return 'full';
  return held.has('sn_kmf.cryptographic_auditor') ? 'read-only' : 'none';
}

/** Roles that read modules, keys and decisions. */
export const READERS = [
  'sn_kmf.admin',
  'sn_kmf.cryptographic_manager',
  'sn_kmf.cryptographic_operator',
  'sn_kmf.cryptographic_auditor',
] as const satisfies readonly Role[];

const MANAGERS: readonly Role[] = ['sn_kmf.admin', 'sn_kmf.cryptographic_manager'];

/** What people can do to a key. */
export const keyActions = [
  'activate',
  'rotate',
  'renew',
  'suspend',
  'resume',
  'revoke',
  'report-compromised',
  'destroy',
] as const satisfies readonly KeyEvent[];
export type KeyAction = (typeof keyActions)[number];

/** What else they may do, each with its roles. */
export type KeyTask = KeyAction | 'generate' | 'export' | 'change the schedule of';

const OF_OPERATORS: ReadonlySet<KeyTask> = new Set(['rotate', 'renew', 'revoke', 'report-compromised']);

/**
 * Who may do what to a key: managers everything, operators what keeps it fresh or takes it out of use (KMF-29; a compromise
 * must not wait for a manager).
 */
export const rolesFor = (action: KeyTask): readonly Role[] =>
  OF_OPERATORS.has(action) ? [...MANAGERS, 'sn_kmf.cryptographic_operator'] : MANAGERS;
