import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { UserId } from '../kernel/index.ts';
import type { Priority } from './check.ts';
import type { ErrorId } from './errors/logged-error.ts';
import type { IssueId, IssueStatus } from './issue.ts';
import type { IssueActivityId, IssueActivityKind } from './issue-activity.ts';
import type { CheckResult, Outcome, RunStatus, ScanRunId } from './scan-run.ts';
import type { Side, Subject } from './subject.ts';

type SubjectColumns = {
  subject_kind: Subject['kind'];
  subject_id: string;
  subject_label: string;
};

export type RunTable = SubjectColumns & {
  id: ScanRunId;
  suite: string;
  side: Side;
  status: RunStatus;
  outcome: Outcome | null;
  reason: string | null;
  /** Asked for by the engine itself, because an earlier run failed. */
  is_rerun: boolean;
  /** Ends after the own checks that failed last time, if one still fails: peers are asked on their own schedule. */
  own_first: boolean;
  /** A newer request has made this run's outcome useless; set while it is running. */
  superseded: Generated<boolean>;
  /** The person who cancelled it. While it is running it is superseded as well, which is what stops it. */
  cancelled_by: string | null;
  /** Name of the job that is told the outcome, whatever it was last time. */
  reply_to: string | null;
  /** Which delivery of the job holds the run: an older one that comes back to life finds a higher number. */
  attempt: Generated<number>;
  results: ColumnType<CheckResult[], CheckResult[], CheckResult[]>;
  requested_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
};

/** A subject that is run again until it passes. */
export type WatchTable = SubjectColumns & {
  suite: string;
  side: Side;
  /** Name of the job that is told when the outcome differs from `told`. */
  reply_to: string | null;
  told: Outcome | null;
  failing_since: Date | null;
  /** When the next run is due by itself; null: under way, or only when woken. */
  due_at: Date | null;
  peer_due_at: Date | null;
  /** Something was repaired at this instant: runs that began before it do not count. */
  woken_at: Date | null;
};

export type IssueTable = {
  id: IssueId;
  check_id: string;
  check_name: string;
  summary: string;
  category: string;
  priority: Priority;
  source_kind: string;
  source_id: string;
  source_label: string;
  message: string;
  cause: string;
  remedy: string;
  who: string;
  peer: boolean;
  status: IssueStatus;
  detections: number;
  first_detected_at: Date;
  last_detected_at: Date;
  resolved_at: Date | null;
  /** Set while muted. */
  muted_reason: string | null;
  assigned_to: string | null;
  /** A check found it, or the Error Log told of it. Only checks hold records up. */
  origin: Generated<'check' | 'error'>;
  /** Where an error happened on one; otherwise empty. */
  connection_id: Generated<string>;
  connection_label: Generated<string>;
};

/** Whose scans an issue holds up. Several registrations that fail for one cause share one issue (REG-58). */
export type IssueSubjectTable = SubjectColumns & {
  issue_id: IssueId;
  suite: string;
  side: Side;
  /** False once the subject's own scan no longer meets it; the row stays for the record. */
  holding: boolean;
};

export type IssueActivityTable = {
  id: IssueActivityId;
  position: GeneratedAlways<number>;
  issue_id: IssueId;
  kind: IssueActivityKind;
  author: string;
  body: string;
  created_at: Date;
};

/** Who wants to hear of an issue's end. */
export type IssueFollowerTable = { issue_id: IssueId; user_id: UserId; since: Date; told_at: Date | null };

export type ErrorTable = {
  id: ErrorId;
  /** `ERR0001001`. */
  number: string;
  /** Of the known-error catalogue. */
  code: string;
  text: string;
  side: Side | null;
  source_kind: string;
  source_id: string;
  source_label: string;
  /** Empty when it happened on no connection. */
  connection_id: string;
  connection_label: string;
  times: number;
  created_at: Date;
  last_at: Date;
  /** When it became, or was last counted in, an issue. */
  raised_at: Date | null;
  /** The instant of the digest that told it. */
  digested_at: Date | null;
  /** It has gone well since. */
  settled_at: Date | null;
  issue_id: string | null;
};

export type WorkerTable = {
  node: string;
  version: string;
  seen_at: Date;
  /** When this node last finished a background step. */
  worked_at: Date | null;
};

declare module '../platform/db/database.ts' {
  interface Database {
    'scan.run': RunTable;
    'scan.watch': WatchTable;
    'scan.issue': IssueTable;
    'scan.issue_subject': IssueSubjectTable;
    'scan.issue_activity': IssueActivityTable;
    'scan.issue_follower': IssueFollowerTable;
    'scan.error': ErrorTable;
    'scan.worker': WorkerTable;
  }
}
