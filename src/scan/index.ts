import type { Migration } from '../platform/db/index.ts';
import { scanMigration } from './migrations/0001-scan.ts';
import { cancelledRunsMigration } from './migrations/0002-cancelled-runs.ts';
import { errorLogMigration } from './migrations/0003-error-log.ts';
import { issueActivityMigration } from './migrations/0004-issue-activity.ts';
import { listOrdersMigration } from './migrations/0005-list-orders.ts';

export { type Check, type CheckContext, defineCheck, type Finding, type Priority } from './check.ts';
export { oneVersion } from './checks/one-version.ts';
export { schemaAndVersions } from './checks/schema-and-versions.ts';
export { sharedRuntime } from './checks/shared-runtime.ts';
export { transportInPlace } from './checks/transport-in-place.ts';
export { createScan, type Scan, type ScanDeps } from './create-scan.ts';
export type { KnownErrorCode } from './errors/known-errors.ts';
export type { ErrorReport } from './errors/logged-error.ts';
export { mailEnded } from './errors/mail-ended.ts';
export { recordError } from './errors/record-error.ts';
export { recordFailures } from './errors/record-failures.ts';
export { settleErrors } from './errors/settle-errors.ts';
export { openIssues } from './issue-list-repo.ts';
export { requestScan, type ScanRequest } from './request-scan.ts';
export { findRun } from './run-repo.ts';
export {
  type CheckResult,
  type Outcome,
  type RunStatus,
  type ScanRun,
  type ScanRunId,
  type ScanVerdict,
  scanVerdict,
} from './scan-run.ts';
export { stopWatching } from './stop-watching.ts';
export type { Side, Subject } from './subject.ts';
export type { Suite } from './suite.ts';
export { type Validation, validationOf } from './validation-of.ts';
export { createWorkerLife, type WorkerLife } from './worker-life.ts';

export const scanMigrations: Migration[] = [
  scanMigration,
  cancelledRunsMigration,
  errorLogMigration,
  issueActivityMigration,
  listOrdersMigration,
];
