import { type Role, roleNames } from '../kernel/index.ts';

const directoryAdmin: Role[][] = [['admin']];
const securityAdmin: Role[][] = [['admin', 'security_admin']];
const keyManagementAdmin: Role[][] = [['sn_kmf.admin'], ['admin', 'security_admin']];

/** Who gives and takes each role: any one of the sets, held whole (OQ-26, KMF-29, KMF-30). */
export const givenBy: Readonly<Record<Role, readonly (readonly Role[])[]>> = {
  admin: directoryAdmin,
  security_admin: securityAdmin,
  'sn_sb.admin': directoryAdmin,
  'sn_sb_pro.consumer': directoryAdmin,
  'sn_kmf.admin': keyManagementAdmin,
  'sn_kmf.cryptographic_manager': keyManagementAdmin,
  'sn_kmf.cryptographic_operator': keyManagementAdmin,
  'sn_kmf.cryptographic_integrator': keyManagementAdmin,
  'sn_kmf.cryptographic_auditor': keyManagementAdmin,
};

export const mayGive = (held: ReadonlySet<Role>, role: Role): boolean =>
  givenBy[role].some((set) => set.every((needed) => held.has(needed)));

/** The first role of `roles` that somebody who holds `held` could not give, if there is one. */
export const firstOutOfReach = (held: ReadonlySet<Role>, roles: Iterable<Role>): Role | undefined =>
  [...roles].find((role) => !mayGive(held, role));

/** `somebody with sn_kmf.admin, or somebody with admin and security_admin`. */
export const giversOf = (role: Role): string =>
  givenBy[role].map((set) => `somebody with ${set.join(' and ')}`).join(', or ');

/**
 * Sets that at least one active person must keep once somebody has them: without that person nobody could ever give
 * these roles again.
 */
export const neverWithout: readonly (readonly Role[])[] = [['admin'], ['admin', 'security_admin']];

/** The first administrator's roles: everything but the keys, which take a second, audited step (OQ-26). */
export const firstAdministratorRoles: readonly Role[] = ['admin', 'sn_sb.admin', 'security_admin'];

/** In the order of the role table, each once. */
export const inOrder = (held: Iterable<Role>): Role[] => {
  const set = new Set(held);
  return roleNames.filter((role) => set.has(role));
};
