import { z } from 'zod';
import { anyOf, pageOf, pageQuery, route, sortBy } from '../kernel/index.ts';

const readers = anyOf('admin', 'security_admin', 'sn_kmf.cryptographic_auditor');

export const auditEntry = z.object({
  id: z.number().int(),
  at: z.iso.datetime(),
  event: z.string(),
  outcome: z.enum(['done', 'refused']),
  actor: z.object({
    kind: z.enum(['user', 'system', 'peer']),
    id: z.string(),
    name: z.string(),
    via: z.enum(['session', 'token']).nullable(),
  }),
  subject: z.string(),
  detail: z.record(z.string(), z.unknown()),
  /** Its place in the chain, from 1; null for about a second, until it is chained. */
  position: z.number().int().nullable(),
  hash: z.string().nullable(),
});

export const listAudit = route({
  method: 'GET',
  path: '/api/audit',
  permission: readers,
  summary: 'What happened, who did it and to what, newest first.',
  query: pageQuery.omit({ search: true }).extend({
    event: z.string().max(100).optional(),
    actor: z.string().max(200).optional(),
    subject: z.string().max(200).optional(),
    sort: sortBy(['at', 'event', 'subject'], '-at'),
  }),
  output: pageOf(auditEntry),
});

export const auditFinding = z.object({
  /** edited: the row is not what was chained. missing: rows are gone. unlinked: its predecessor is another one.
   * head: a signed head says something else. signature: a head's signature does not verify. */
  kind: z.enum(['edited', 'missing', 'unlinked', 'head', 'signature']),
  position: z.number().int(),
  message: z.string(),
});

export const verifyAuditLog = route({
  method: 'GET',
  path: '/api/audit/verify',
  permission: readers,
  summary: 'Recomputes the chain of the last rows and checks the signed heads.',
  query: z.object({ last: z.coerce.number().int().min(1).max(1_000_000).default(100_000) }),
  output: z.object({
    intact: z.boolean(),
    from: z.number().int(),
    to: z.number().int(),
    /** Rows written too lately to be chained; what happens to them in this second is not provable. */
    unchained: z.number().int(),
    heads: z.number().int(),
    lastHead: z.object({ position: z.number().int(), signedAt: z.iso.datetime() }).nullable(),
    /** At most 20. */
    findings: z.array(auditFinding),
  }),
  perMinute: 6,
});

export const exportAudit = route({
  method: 'GET',
  path: '/api/audit/export',
  permission: readers,
  summary:
    'Chained rows and signed heads as JSON lines, for keeping and checking elsewhere; go on from the last position.',
  query: z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
  }),
  output: z.string(),
});
