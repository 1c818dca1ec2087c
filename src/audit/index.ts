import type { Migration } from '../platform/db/index.ts';
import { entriesAndHeads } from './migrations/0001-entries-and-heads.ts';

export { type Audit, type AuditDeps, createAudit } from './audit.ts';
export type { HeadKey } from './head.ts';
export { type AuditRecord, recordAudit } from './record-audit.ts';
export { type AuditReport, verifyAudit } from './verify-audit.ts';

export const auditMigrations: Migration[] = [entriesAndHeads];
