import type { Owner } from './client.ts';

/** Every service account's name begins with this, so an operator tells it from a person at a glance (REG-72). */
export const SERVICE_ACCOUNT_PREFIX = 'sb_user_';

export type ServiceAccountName = `${typeof SERVICE_ACCOUNT_PREFIX}${string}`;

/**
 * The identity under which a connected peer's work is done and recorded. It has no password and no way to sign in: a peer
 * proves itself with its client key, never with this name.
 */
export type ServiceAccount = {
  readonly name: ServiceAccountName;
  readonly owner: Owner;
  readonly createdAt: Date;
};

/** `suffix` names the connection, so that two connections never share an account. */
export const serviceAccountName = (suffix: string): ServiceAccountName =>
  `${SERVICE_ACCOUNT_PREFIX}${suffix.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
