import type { UserId } from '../kernel/index.ts';
import type { Check, Finding } from './check.ts';
import type { IssueView, RunView } from './contract.ts';
import type { IssueRow, IssueSubjectRow } from './issue-repo.ts';
import type { ScanRun } from './scan-run.ts';

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

export const presentCheck = (check: Check): IssueView['check'] => ({
  id: check.id,
  name: check.name,
  category: check.category,
  priority: check.priority,
  side: check.side,
  summary: check.summary,
  description: check.description,
  remedy: check.remedy,
  documentation: check.documentation ?? null,
});

export const presentFinding = (finding: Finding) => ({ ...finding, peer: finding.peer === true });

export const presentRun = (run: ScanRun): RunView => ({
  id: run.id,
  suite: run.suite,
  side: run.side,
  subject: run.subject,
  status: run.status,
  outcome: run.outcome,
  reason: run.reason,
  requestedAt: run.requestedAt.toISOString(),
  startedAt: iso(run.startedAt),
  finishedAt: iso(run.finishedAt),
  durationMs:
    run.startedAt === null || run.finishedAt === null ? null : run.finishedAt.getTime() - run.startedAt.getTime(),
  checks: run.results.map((result) => ({ ...result, findings: result.findings.map(presentFinding) })),
});

type IssueParts = {
  /** Absent when this version of the program no longer has the check. */
  readonly check: Check | undefined;
  readonly subjects: readonly IssueSubjectRow[];
  readonly assignedTo: { readonly id: UserId; readonly username: string } | null;
  readonly followed: boolean;
};

export const presentIssue = (row: IssueRow, { check, subjects, assignedTo, followed }: IssueParts): IssueView => ({
  id: row.id,
  check: check === undefined ? checkThatIsGone(row) : presentCheck(check),
  origin: row.origin,
  status: row.status,
  summary: row.summary,
  priority: row.priority,
  category: row.category,
  source: { kind: row.source_kind, id: row.source_id, label: row.source_label },
  message: row.message,
  cause: row.cause,
  remedy: row.remedy,
  who: row.who,
  peer: row.peer,
  connection: row.connection_id === '' ? null : { id: row.connection_id, label: row.connection_label },
  count: row.detections,
  firstDetectedAt: row.first_detected_at.toISOString(),
  lastDetectedAt: row.last_detected_at.toISOString(),
  resolvedAt: iso(row.resolved_at),
  muted: row.muted_reason !== null,
  mutedReason: row.muted_reason,
  assignedTo,
  followed,
  subjects: subjects.map((link) => ({
    kind: link.subject_kind,
    id: link.subject_id,
    label: link.subject_label,
    suite: link.suite,
  })),
});

const checkThatIsGone = (row: IssueRow): IssueView['check'] => ({
  id: row.check_id,
  name: row.check_name,
  category: row.category,
  priority: row.priority,
  side: 'both',
  summary: row.summary,
  description: '',
  remedy: row.remedy,
  documentation: null,
});
