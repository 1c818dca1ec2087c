import type { Ed25519PublicJwk } from '../protocol/index.ts';

/** A key that a client signs its assertions with: `kid` is the RFC 7638 thumbprint. */
export type ClientKey = Ed25519PublicJwk & { readonly kid: string };

/**
 * `attempt`: a peer that is being connected; it may ask one person for consent (scope sx:connect).
 * `keyed`: a connected peer; it gets tokens for itself (client_credentials, scope sx:messages) and can ask nobody anything.
 */
export const clientPhases = ['attempt', 'keyed'] as const;
export type ClientPhase = (typeof clientPhases)[number];

/** The record a client or an account exists for; without that record it is stale. `kind` is the other room's word. */
export type Owner = { readonly kind: string; readonly id: string };

/** A peer as our authorization server knows it. Written by code only: there is no registration endpoint. */
export type AccessClient = {
  /** `sxc_{registration}_{attempt}` or `sxp_{provider connection}_{attempt}`. */
  readonly clientId: string;
  readonly phase: ClientPhase;
  readonly keys: readonly ClientKey[];
  /** Matched exactly; empty once keyed. */
  readonly redirectUris: readonly string[];
  readonly owner: Owner;
  readonly createdAt: Date;
};
