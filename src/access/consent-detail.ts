import { z } from 'zod';

/** The one resource that this instance protects: everything under /sx/v1. Also the `aud` of every access token. */
export const resourceOf = (origin: string): string => `${origin}/sx/v1`;

export const scopes = ['sx:connect', 'sx:messages'] as const;
export type Scope = (typeof scopes)[number];

const digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 digest, base64url');

/**
 * What a person is asked to allow, as it travels in `authorization_details` (RFC 9396): which attempt of which
 * registration, by whom, and the hash of the handshake (`th2`) that the two instances have just completed, so a consent
 * given to one handshake is worth nothing in another. Source: docs/protocol/oauth.md.
 */
export const consentDetail = z.strictObject({
  type: z.literal('sx_connect'),
  registration: z.string().min(1).max(100),
  attempt: z.number().int().positive(),
  /** Id of the consumer's instance. */
  consumer: z.string().min(1).max(100),
  /** Origin of the consumer's instance, as registered. */
  origin: z.url().max(300),
  th2: digest,
  reg_digest: digest,
});
export type ConsentDetail = z.output<typeof consentDetail>;
