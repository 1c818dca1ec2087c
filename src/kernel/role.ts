/** Role identifiers as the specification spells them (features.md 2.10, section 4), with what each one allows. */
export const roles = {
  admin: 'Registers consumers, connects to providers, manages the directory.',
  security_admin: 'Together with admin: assigns key management roles.',
  'sn_sb.admin': 'Reads every Service Exchange record and writes comments.',
  'sn_sb_pro.consumer': 'Contact of a consumer: reads its own registrations and gives consent.',
  'sn_kmf.admin': 'Assigns key management roles; has every power of a cryptographic manager.',
  'sn_kmf.cryptographic_manager': 'Generates, rotates, suspends, revokes and destroys keys.',
  'sn_kmf.cryptographic_operator': 'Renews, rotates and revokes keys.',
  'sn_kmf.cryptographic_integrator': 'Configures root key providers.',
  'sn_kmf.cryptographic_auditor': 'Reads key management records.',
} as const satisfies Record<string, string>;

export type Role = keyof typeof roles;

export const roleNames = Object.keys(roles) as [Role, ...Role[]];

/** Who may call a route. There is no default: every route says it. */
export type Permission =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'any-of' | 'all-of'; readonly roles: readonly Role[] };

export const anyone: Permission = { kind: 'public' };
export const signedIn: Permission = { kind: 'signed-in' };
export const anyOf = (...needed: Role[]): Permission => ({ kind: 'any-of', roles: needed });
export const allOf = (...needed: Role[]): Permission => ({ kind: 'all-of', roles: needed });

export function permits(permission: Permission, held: ReadonlySet<Role> | undefined): boolean {
  if (permission.kind === 'public') return true;
  if (held === undefined) return false;
  if (permission.kind === 'signed-in') return true;
  return permission.kind === 'any-of'
    ? permission.roles.some((role) => held.has(role))
    : permission.roles.every((role) => held.has(role));
}
