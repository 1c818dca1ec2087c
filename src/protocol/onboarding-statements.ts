import { z } from 'zod';
import { instanceIdSchema } from './instance-id.ts';
import { limits } from './limits.ts';
import {
  addressText,
  bytesText,
  displayText,
  embeddedJws,
  hashText,
  instantSeconds,
  instantText,
  limitsTable,
  originText,
  recordId,
  registrationRef,
  suiteList,
  tokenText,
  versionList,
} from './wire-schemas.ts';

/** Sizes of suite SX-A's hybrid KEM (ML-KEM-768 beside X25519), in bytes. */
export const KEM_PUBLIC_KEY_BYTES = 1_216;
export const KEM_CIPHERTEXT_BYTES = 1_120;

/** Claims of every statement. `iat` and `exp` in seconds; `jti` unique for its issuer. */
export const claims = {
  iss: instanceIdSchema,
  aud: instanceIdSchema,
  iat: instantSeconds,
  exp: instantSeconds,
  jti: tokenText,
};

/** Claims of a statement that belongs to one attempt of one registration. */
const attemptClaims = <const Step extends string>(step: Step) => ({
  ...claims,
  reg: registrationRef,
  att: z.int().min(1).max(1_000_000),
  step: z.literal(step),
});

export const inviteBody = z.looseObject({
  ...claims,
  /** Provider origin, where the consumer connects to. */
  purl: originText,
  /** Consumer origin, the only one that may import this link. */
  curl: originText,
  reg: registrationRef,
  gen: z.int().min(1),
  /** SHA-256 of the link's secret. */
  sh: hashText,
  /** Display name of the provider. */
  pn: displayText,
  /** Masked address of the contact. */
  ch: displayText,
  vers: versionList,
});

export const helloBody = z.looseObject({
  ...attemptClaims('hello'),
  /** `jti` of the invitation. */
  inv: tokenText,
  nc: hashText,
  origin: originText,
  manifest: embeddedJws(limits.manifestBytes),
  vers: versionList,
  suites: suiteList,
  eph: bytesText(KEM_PUBLIC_KEY_BYTES),
  oauth: z.looseObject({ redirect_uri: addressText, client_kid: hashText, dpop_jkt: hashText }),
  /** The `reg_digest` of the latest hello-ack this consumer has seen for the registration, if any. */
  reg_digest_seen: hashText.optional(),
  mac: hashText,
});

export const helloAckBody = z.looseObject({
  ...attemptClaims('hello-ack'),
  h1: hashText,
  np: hashText,
  ver: z.string().regex(/^\d{1,4}\.\d{1,4}$/),
  suite: z.string().max(16),
  manifest: embeddedJws(limits.manifestBytes),
  enc: bytesText(KEM_CIPHERTEXT_BYTES),
  client_id: tokenText,
  as: z.looseObject({ issuer: addressText }),
  resource: addressText,
  scope: z.literal('sx:connect'),
  reg_digest: hashText,
});

export const confirmBody = z.looseObject({
  ...attemptClaims('confirm'),
  th2: hashText,
  /** SHA-256 of the access token that carries this request. */
  ath: hashText,
  mac: hashText,
  oauth_for_provider: z.looseObject({
    issuer: addressText,
    resource: addressText,
    client_id: tokenText,
    scope: z.literal('sx:messages'),
  }),
});

export const confirmAckBody = z.looseObject({
  ...attemptClaims('confirm-ack'),
  th2: hashText,
  mac: hashText,
  conn: recordId,
  client_id: tokenText,
  resource: addressText,
  scope: z.literal('sx:messages'),
  /** Who allowed it at the provider: the named contact, or an administrator where the provider is set to accept that. */
  consent_by: z.enum(['contact', 'administrator']).optional(),
  /** Lanes beside lane 0. */
  lanes: z.int().min(1).max(64),
  limits: limitsTable,
});

export const preparedBody = z.looseObject({
  ...attemptClaims('prepared'),
  th4: hashText,
  /** The provider's receipts for the consumer's test and settings, as compact JWS. */
  receipts: z
    .array(embeddedJws(8 * 1024))
    .min(1)
    .max(8),
});

const decision = { th4: hashText, conn: recordId, committed_at: instantText };

export const commitBody = z.looseObject({ ...attemptClaims('commit'), ...decision });

export const commitAckBody = z.looseObject({ ...attemptClaims('commit-ack'), th4: hashText, conn: recordId });

export const statusRequestBody = z.looseObject(attemptClaims('status-request'));

const reason = z.string().regex(/^[a-z0-9_-]{1,64}$/);

export const statusBody = z
  .looseObject({
    ...attemptClaims('status'),
    state: z.enum(['pending', 'committed', 'aborted']),
    /** The last refusal at the consent page; the attempt may still go on. */
    refusal: z.looseObject({ code: reason, at: instantText }).optional(),
    reason: reason.optional(),
    th4: decision.th4.optional(),
    conn: decision.conn.optional(),
    committed_at: decision.committed_at.optional(),
  })
  .refine(
    ({ state, th4, conn, committed_at }) =>
      state !== 'committed' || (th4 !== undefined && conn !== undefined && committed_at !== undefined),
    'a committed status carries the decision',
  );

export const abortBody = z.looseObject({ ...attemptClaims('abort'), reason });
