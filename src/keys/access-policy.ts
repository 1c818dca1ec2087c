import type { ModuleName, Operation } from './module.ts';
import type { PolicyEffect } from './tables.ts';

export type AccessPolicy = {
  readonly id: string;
  readonly subject: string;
  readonly module: string;
  readonly operations: readonly Operation[];
  readonly effect: PolicyEffect;
  readonly expiresAt: Date | null;
};

export type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
  /** The policies that spoke about this subject and module, in the order they were weighed. */
  readonly policies: readonly string[];
};

export type Use = { readonly subject: string; readonly module: ModuleName; readonly operation: Operation };

const WEIGHT: Readonly<Record<PolicyEffect, number>> = { 'strict-reject': 0, track: 1, reject: 2 };

/**
 * Whether a subject may use a module for an operation (KMF-24): a strict reject ends the question, else one track allows,
 * else a reject or the absence of any policy denies. Names are compared whole: a wildcard matches nothing.
 */
export function decide(policies: readonly AccessPolicy[], use: Use, now: Date): Decision {
  const speaking = policies
    .filter((policy) => policy.subject === use.subject && policy.module === use.module)
    .sort((one, other) => WEIGHT[one.effect] - WEIGHT[other.effect] || one.id.localeCompare(other.id));
  const consulted = speaking.map(({ id }) => id);
  const matching = speaking.filter(
    ({ operations, expiresAt }) => operations.includes(use.operation) && (expiresAt === null || now < expiresAt),
  );
  const deciding = matching[0];
  if (deciding === undefined)
    return {
      allowed: false,
      policies: consulted,
      reason:
        speaking.length === 0
          ? `No access policy names ${use.subject} and ${use.module}.`
          : `No valid access policy of ${use.subject} for ${use.module} allows ${use.operation}.`,
    };
  return deciding.effect === 'track'
    ? { allowed: true, policies: consulted, reason: `Allowed by ${deciding.id}.` }
    : { allowed: false, policies: consulted, reason: `Refused by ${deciding.id}.` };
}

const WILDCARD = /[*%?]/;

/** Why a policy is not acceptable, or null. Stored anyway by somebody with database access, it matches nothing. */
export function policyFault(policy: AccessPolicy, knownModules: readonly string[], now: Date): string | null {
  if ([policy.subject, policy.module, ...policy.operations].some((text) => WILDCARD.test(text)))
    return `${policy.id} uses a wildcard`;
  if (!knownModules.includes(policy.module)) return `${policy.id} names the unknown module ${policy.module}`;
  if (policy.expiresAt !== null && policy.expiresAt <= now) return `${policy.id} has expired`;
  return null;
}
