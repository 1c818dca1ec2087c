import { z } from 'zod';
import {
  abortBody,
  claims,
  commitAckBody,
  commitBody,
  confirmAckBody,
  confirmBody,
  helloAckBody,
  helloBody,
  inviteBody,
  preparedBody,
  statusBody,
  statusRequestBody,
} from './onboarding-statements.ts';
import {
  hashText,
  instantText,
  limitsTable,
  manifestSeqNumber,
  originText,
  recordId,
  suiteList,
  versionList,
} from './wire-schemas.ts';

const probeBody = z.looseObject({ ...claims, nonce: hashText });

const probeAckBody = z.looseObject({
  ...claims,
  nonce: hashText,
  id: claims.iss,
  origin: originText,
  now: instantText,
  vers: versionList,
  suites: suiteList,
  limits: limitsTable,
});

const receiptBody = z.looseObject({
  ...claims,
  conn: recordId,
  lane: z.int().min(0).max(64),
  seq: z.int().min(1),
  /** H of the batch this receipt answers. */
  h: hashText,
  /** Cumulative message numbers: kept durably; applied. */
  stored: z.int().min(0),
  applied: z.int().min(0),
  rejected: z.array(z.looseObject({ n: z.int().min(0), code: z.string().regex(/^sx_[a-z_]{1,40}$/) })).max(2_000),
  credit: z.looseObject({ msgs: z.int().min(0), bytes: z.int().min(0) }),
  /** The newest manifest of the batch's sender that the receiver holds. */
  mseq: manifestSeqNumber.optional(),
  now: instantText,
});

const KIB = 1024;
const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/**
 * Every statement two instances exchange: its JWS `typ`, the shape of its body, how long it may be valid and how large it may
 * be. The decisions (prepared, commit, commit-ack, receipt) live 30 days because they are repeated until the other side has
 * them; attempt and transcript hash, not time, tie them down. Source: docs/protocol/handshake.md.
 */
export const statements = {
  probe: { typ: 'sx-probe+jwt', schema: probeBody, maxAgeSeconds: 2 * MINUTE, maxBytes: 4 * KIB },
  probeAck: { typ: 'sx-probe-ack+jwt', schema: probeAckBody, maxAgeSeconds: 2 * MINUTE, maxBytes: 8 * KIB },
  invite: { typ: 'sx-invite+jwt', schema: inviteBody, maxAgeSeconds: 30 * DAY, maxBytes: 6 * KIB },
  hello: { typ: 'sx-hello+jwt', schema: helloBody, maxAgeSeconds: 2 * MINUTE, maxBytes: 32 * KIB },
  helloAck: { typ: 'sx-hello-ack+jwt', schema: helloAckBody, maxAgeSeconds: 15 * MINUTE, maxBytes: 32 * KIB },
  confirm: { typ: 'sx-confirm+jwt', schema: confirmBody, maxAgeSeconds: 15 * MINUTE, maxBytes: 8 * KIB },
  confirmAck: { typ: 'sx-confirm-ack+jwt', schema: confirmAckBody, maxAgeSeconds: 15 * MINUTE, maxBytes: 8 * KIB },
  prepared: { typ: 'sx-prepared+jwt', schema: preparedBody, maxAgeSeconds: 30 * DAY, maxBytes: 32 * KIB },
  commit: { typ: 'sx-commit+jwt', schema: commitBody, maxAgeSeconds: 30 * DAY, maxBytes: 8 * KIB },
  commitAck: { typ: 'sx-commit-ack+jwt', schema: commitAckBody, maxAgeSeconds: 30 * DAY, maxBytes: 8 * KIB },
  statusRequest: {
    typ: 'sx-status-request+jwt',
    schema: statusRequestBody,
    maxAgeSeconds: 2 * MINUTE,
    maxBytes: 8 * KIB,
  },
  status: { typ: 'sx-status+jwt', schema: statusBody, maxAgeSeconds: 2 * MINUTE, maxBytes: 8 * KIB },
  abort: { typ: 'sx-abort+jwt', schema: abortBody, maxAgeSeconds: DAY, maxBytes: 8 * KIB },
  receipt: { typ: 'sx-receipt+jwt', schema: receiptBody, maxAgeSeconds: 30 * DAY, maxBytes: 128 * KIB },
} as const satisfies Record<string, StatementDefinition>;

export type StatementDefinition = {
  readonly typ: string;
  readonly schema: z.ZodType;
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
};

export type StatementKind = keyof typeof statements;

/** What the schema of a kind gives; members it does not know are still there. */
export type StatementBody<Kind extends StatementKind> = z.output<(typeof statements)[Kind]['schema']>;
