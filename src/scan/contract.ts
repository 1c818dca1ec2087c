import { z } from 'zod';
import { anyOf, pageOf, pageQuery, route, sortBy, userId } from '../kernel/index.ts';
import { priorities } from './check.ts';
import { healthWeights } from './health-score.ts';
import { issueId, issueStatuses } from './issue.ts';
import { issueActivityId, issueActivityKinds } from './issue-activity.ts';
import { checkStatuses, outcomes, runStatuses, scanRunId } from './scan-run.ts';
import { sides, subjectKinds } from './subject.ts';

export { healthWeights, issueStatuses, priorities, runStatuses };

/** Published to live listeners (`GET /api/events?record=health`) whenever an issue or a suite's outcome changed. */
export const HEALTH_RECORD = 'health';

const reads = anyOf('admin', 'sn_sb.admin');
const acts = anyOf('admin');

const subject = z.object({ kind: z.enum(subjectKinds), id: z.string(), label: z.string() });

const finding = z.object({
  source: z.object({ kind: z.string(), id: z.string(), label: z.string() }),
  message: z.string(),
  cause: z.string(),
  remedy: z.string(),
  who: z.string(),
  peer: z.boolean(),
});

const checkDescription = z.object({
  id: z.string(),
  name: z.string(),
  category: z.string(),
  priority: z.enum(priorities),
  side: z.enum([...sides, 'both']),
  summary: z.string(),
  description: z.string(),
  remedy: z.string(),
  documentation: z.string().nullable(),
});

const run = z.object({
  id: scanRunId.schema,
  suite: z.string(),
  side: z.enum(sides),
  subject,
  status: z.enum(runStatuses),
  /** Null until the run has ended. */
  outcome: z.enum(outcomes).nullable(),
  /** Why a failed or cancelled run ended so. */
  reason: z.string().nullable(),
  requestedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  durationMs: z.number().int().nullable(),
  checks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      status: z.enum(checkStatuses),
      durationMs: z.number().int(),
      findings: z.array(finding),
    }),
  ),
});
export type RunView = z.output<typeof run>;

const issue = z.object({
  id: issueId.schema,
  check: checkDescription,
  /** Found by a check, or told of by the Error Log. Only the former holds records up. */
  origin: z.enum(['check', 'error']),
  status: z.enum(issueStatuses),
  summary: z.string(),
  priority: z.enum(priorities),
  category: z.string(),
  ...finding.shape,
  /** The connection on which an error happened. */
  connection: z.object({ id: z.string(), label: z.string() }).nullable(),
  /** How often it was met. */
  count: z.number().int(),
  firstDetectedAt: z.iso.datetime(),
  lastDetectedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  muted: z.boolean(),
  mutedReason: z.string().nullable(),
  assignedTo: z.object({ id: userId.schema, username: z.string() }).nullable(),
  /** The caller hears of its end. */
  followed: z.boolean(),
  /** Whose scans it holds up. */
  subjects: z.array(z.object({ ...subject.shape, suite: z.string() })),
});
export type IssueView = z.output<typeof issue>;

export const listSuites = route({
  method: 'GET',
  path: '/api/scan/suites',
  permission: reads,
  summary: 'List the scan suites with their checks and the last run over the whole instance.',
  output: z.object({
    items: z.array(
      z.object({
        name: z.string(),
        title: z.string(),
        checks: z.array(checkDescription),
        children: z.array(z.string()),
        /** Run by itself once a day. */
        daily: z.boolean(),
        lastRun: run.omit({ checks: true }).nullable(),
      }),
    ),
  }),
});

export const runSuite = route({
  method: 'POST',
  path: '/api/scan/suites/{name}/runs',
  permission: acts,
  summary: 'Run a suite over this instance. Checks that judge one registration or connection are left out.',
  status: 202,
  params: z.object({ name: z.string().max(100) }),
  input: z.object({ side: z.enum(sides) }),
  output: z.object({ id: scanRunId.schema }),
  problems: ['scan/suite-not-found'],
  perMinute: 20,
});

export const readRun = route({
  method: 'GET',
  path: '/api/scan/runs/{id}',
  permission: reads,
  summary: 'Read one run with the result of each check.',
  params: z.object({ id: scanRunId.schema }),
  output: run,
  problems: ['scan/run-not-found'],
});

export const listRuns = route({
  method: 'GET',
  path: '/api/scan/runs',
  permission: reads,
  summary: 'List the latest runs, the newest first, without the results of their checks.',
  query: z.object({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    suite: z.string().max(100).optional(),
    /** `instance`: only those that a person or the daily schedule started. */
    subject: z.enum(subjectKinds).optional(),
  }),
  output: z.object({ items: z.array(run.omit({ checks: true }).extend({ findings: z.number().int() })) }),
});

export const cancelRun = route({
  method: 'POST',
  path: '/api/scan/runs/{id}/cancel',
  permission: acts,
  summary: 'Cancel a run over this instance. Findings so far are kept.',
  params: z.object({ id: scanRunId.schema }),
  output: run,
  problems: ['scan/run-not-found', 'scan/run-of-record', 'scan/run-ended'],
});

const issueFilter = z.object({
  search: pageQuery.shape.search,
  status: z.enum([...issueStatuses, 'any']).default('open'),
  muted: z.enum(['hide', 'only', 'any']).default('hide'),
  /** A record's number, or its id. */
  subject: z.string().max(200).optional(),
  suite: z.string().max(100).optional(),
  check: z.string().max(100).optional(),
  priority: z.enum(priorities).optional(),
  category: z.string().max(100).optional(),
  /** Those that the caller takes care of, or follows. */
  mine: z.enum(['assigned', 'followed']).optional(),
});

export const listIssues = route({
  method: 'GET',
  path: '/api/issues',
  permission: reads,
  summary: 'List issues, the gravest and latest first. Muted ones are left out unless asked for.',
  query: z.object({
    ...pageQuery.shape,
    ...issueFilter.shape,
    /** `priority`: the gravest first, and among equals the latest. */
    sort: sortBy(['priority', 'category', 'lastDetectedAt'], 'priority'),
  }),
  output: pageOf(issue),
});

export const reportIssues = route({
  method: 'GET',
  path: '/api/issues/report',
  permission: reads,
  summary: 'Download issues as a spreadsheet (CSV), filtered as the list is; at most 10,000.',
  query: issueFilter,
  output: z.string(),
});

const oneIssue = z.object({ id: issueId.schema });

export const readIssue = route({
  method: 'GET',
  path: '/api/issues/{id}',
  permission: reads,
  summary: 'Read one issue.',
  params: oneIssue,
  output: issue,
  problems: ['scan/issue-not-found'],
});

export const validateIssue = route({
  method: 'POST',
  path: '/api/issues/{id}/validate',
  permission: acts,
  summary: 'Validate & Resolve: run the check of an issue again, and resolve the issue if the fault is gone.',
  params: oneIssue,
  output: z.object({
    outcome: z.enum(['resolved', 'still-there']),
    /** One sentence for the person who asked. */
    message: z.string(),
    /** As the check sees it now; null when resolved. */
    finding: finding.nullable(),
    issue,
  }),
  problems: ['scan/issue-not-found', 'scan/check-not-found'],
  perMinute: 20,
});

export const muteIssue = route({
  method: 'POST',
  path: '/api/issues/{id}/mute',
  permission: acts,
  summary: 'Hide an issue from the lists. The check still fails, so what it holds up stays held up.',
  params: oneIssue,
  input: z.object({ reason: z.string().trim().min(1).max(1000) }),
  output: issue,
  problems: ['scan/issue-not-found', 'scan/issue-resolved'],
});

export const unmuteIssue = route({
  method: 'POST',
  path: '/api/issues/{id}/unmute',
  permission: acts,
  summary: 'Show a muted issue again.',
  params: oneIssue,
  output: issue,
  problems: ['scan/issue-not-found', 'scan/issue-resolved'],
});

export const assignIssue = route({
  method: 'POST',
  path: '/api/issues/{id}/assign',
  permission: acts,
  summary: 'Say who takes care of an issue; null for nobody.',
  params: oneIssue,
  input: z.object({ userId: userId.schema.nullable() }),
  output: issue,
  problems: ['scan/issue-not-found', 'scan/issue-resolved', 'scan/assignee-not-found'],
});

export const followIssue = route({
  method: 'POST',
  path: '/api/issues/{id}/follow',
  permission: reads,
  summary: 'Hear by mail when an issue is resolved, or no more.',
  params: oneIssue,
  input: z.object({ follow: z.boolean() }),
  output: issue,
  problems: ['scan/issue-not-found', 'scan/issue-resolved'],
});

const issueActivity = z.object({
  id: issueActivityId.schema,
  kind: z.enum(issueActivityKinds),
  author: z.string(),
  text: z.string(),
  createdAt: z.iso.datetime(),
});
export type IssueActivityView = z.output<typeof issueActivity>;

export const listIssueActivity = route({
  method: 'GET',
  path: '/api/issues/{id}/activity',
  permission: reads,
  summary: 'List comments and work notes of an issue, the newest first.',
  params: oneIssue,
  output: z.object({ items: z.array(issueActivity) }),
  problems: ['scan/issue-not-found'],
});

export const addIssueActivity = route({
  method: 'POST',
  path: '/api/issues/{id}/activity',
  permission: reads,
  summary: 'Write a comment or a work note on an issue.',
  status: 201,
  params: oneIssue,
  input: z.object({
    kind: z.enum(issueActivityKinds),
    text: z.string().trim().min(1, 'Write something first.').max(10_000),
  }),
  output: z.object({ items: z.array(issueActivity) }),
  problems: ['scan/issue-not-found'],
});

const counts = z.object({ own: z.number().int(), peer: z.number().int() });

export const readHealthSummary = route({
  method: 'GET',
  path: '/api/health/summary',
  permission: reads,
  summary: 'Count the open issues and what they hold up.',
  output: z.object({
    /** Open issues that are not muted, by priority; `own` concern this instance, `peer` another one. */
    open: z.object({ critical: counts, high: counts, moderate: counts, low: counts }),
    total: z.number().int(),
    muted: z.number().int(),
    /** Whole percent (docs/health.md); null before any suite has been run to its end. */
    score: z.number().int().min(0).max(100).nullable(),
    /** Records that wait for their checks to pass. */
    waiting: z.array(z.object({ ...subject.shape, suite: z.string(), openIssues: z.number().int() })),
  }),
});
