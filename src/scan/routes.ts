import { findContact } from '../directory/index.ts';
import type { Page, UserActor, UserId } from '../kernel/index.ts';
import { transact } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/index.ts';
import { cancelRun } from './cancel-run.ts';
import { assignIssue, muteIssue, unmuteIssue } from './change-issue.ts';
import type { Priority, priorities } from './check.ts';
import * as contract from './contract.ts';
import { followIssue } from './follow-issue.ts';
import { healthScore } from './health-score.ts';
import type { IssueId } from './issue.ts';
import { listIssueActivity } from './issue-activity-repo.ts';
import { countOpenIssues, followedOf, pageOfIssues, subjectsOfIssues } from './issue-list-repo.ts';
import { findIssue, type IssueRow } from './issue-repo.ts';
import { issueReport } from './issue-report.ts';
import type { PerformDeps } from './perform-scan.ts';
import { presentCheck, presentFinding, presentIssue, presentRun } from './present.ts';
import { IssueNotFound, RunNotFound, SuiteNotFound } from './problems.ts';
import { requestScan } from './request-scan.ts';
import { findRun, hasCompleteRun, latestRun, listRuns } from './run-repo.ts';
import type { ScanRunId } from './scan-run.ts';
import { sides, wholeInstance } from './subject.ts';
import { checksOf } from './suite.ts';
import { validateIssue } from './validate-issue.ts';
import { listWaiting } from './watch-repo.ts';
import { writeIssueActivity } from './write-issue-activity.ts';

type OneIssue = { readonly params: { readonly id: IssueId }; readonly actor: UserActor | null };

/** A spreadsheet that people still open; the list has them all. */
const MOST_REPORTED = 10_000;
const MOST_ACTIVITY = 500;

function byPriority(counts: Awaited<ReturnType<typeof countOpenIssues>>): Record<Priority, number> {
  const open = { critical: 0, high: 0, moderate: 0, low: 0 };
  for (const { priority, count } of counts) open[priority] += count;
  return open;
}

export function scanEndpoints(deps: PerformDeps): Endpoint[] {
  const { db, suites } = deps;

  async function presentIssues(rows: readonly IssueRow[], caller: UserId): Promise<contract.IssueView[]> {
    const ids = rows.map(({ id }) => id);
    const links = await subjectsOfIssues(db, ids);
    const followed = await followedOf(db, caller, ids);
    const people = new Map<string, { id: UserId; username: string } | null>();
    for (const { assigned_to } of rows) {
      if (assigned_to === null || people.has(assigned_to)) continue;
      people.set(assigned_to, await findContact(db, assigned_to as UserId));
    }
    return rows.map((row) =>
      presentIssue(row, {
        check: suites.flatMap(checksOf).find(({ id }) => id === row.check_id),
        subjects: links.filter(({ issue_id }) => issue_id === row.id),
        assignedTo: people.get(row.assigned_to ?? '') ?? null,
        followed: followed.has(row.id),
      }),
    );
  }

  async function readIssue({ params: { id }, actor }: OneIssue): Promise<contract.IssueView> {
    const row = await findIssue(db, id);
    const [issue] = row === undefined ? [] : await presentIssues([row], signedInActor({ actor }).id);
    if (issue === undefined) throw new IssueNotFound(`There is no issue ${id}. Look at the list of issues.`);
    return issue;
  }

  const activityOf = async (id: IssueId): Promise<contract.IssueActivityView[]> =>
    (await listIssueActivity(db, id, MOST_ACTIVITY)).map((entry) => ({
      id: entry.id,
      kind: entry.kind,
      author: entry.author,
      text: entry.body,
      createdAt: entry.created_at.toISOString(),
    }));

  async function readRun(id: ScanRunId): Promise<contract.RunView> {
    const run = await findRun(db, id);
    if (run === undefined) throw new RunNotFound('There is no such run; only the last ones of a record are kept.');
    return presentRun(run);
  }

  return [
    endpoint(contract.listSuites, async () => ({
      items: await Promise.all(
        suites.map(async (suite) => {
          const runs = await Promise.all(sides.map((side) => latestRun(db, suite.name, wholeInstance(side))));
          const [run] = runs
            .filter((each) => each !== undefined)
            .toSorted((a, b) => b.requestedAt.getTime() - a.requestedAt.getTime());
          return {
            name: suite.name,
            title: suite.title,
            checks: checksOf(suite).map(presentCheck),
            children: (suite.children ?? []).map(({ name }) => name),
            daily: suite.daily === true,
            lastRun: run === undefined ? null : presentRun(run),
          };
        }),
      ),
    })),
    endpoint(contract.runSuite, async ({ params, input }) => {
      if (!suites.some(({ name }) => name === params.name)) {
        throw new SuiteNotFound(`There is no suite ${params.name}. Nothing was started. Look at the list of suites.`);
      }
      const request = { suite: params.name, side: input.side, subject: wholeInstance(input.side), watch: true };
      return { id: await transact(db, (tx) => requestScan(deps, tx, request)) };
    }),
    endpoint(contract.readRun, ({ params }) => readRun(params.id)),
    endpoint(contract.listRuns, async ({ query }) => {
      const found = await listRuns(db, query);
      return {
        items: found.map((run) => ({
          ...presentRun(run),
          findings: run.results.reduce((sum, { findings }) => sum + findings.length, 0),
        })),
      };
    }),
    endpoint(contract.cancelRun, async (call) => {
      await cancelRun(deps, signedInActor(call), call.params.id);
      return readRun(call.params.id);
    }),
    endpoint(contract.listIssues, async (call) => {
      const caller = signedInActor(call).id;
      const page = await pageOfIssues(db, { ...call.query, caller });
      return { ...page, items: await presentIssues(page.items, caller) } satisfies Page<contract.IssueView>;
    }),
    endpoint(contract.reportIssues, async (call) => {
      const caller = signedInActor(call).id;
      const { items } = await pageOfIssues(db, { ...call.query, sort: 'priority', limit: MOST_REPORTED, caller });
      call.reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="issues.csv"');
      return issueReport(await presentIssues(items, caller));
    }),
    endpoint(contract.readIssue, readIssue),
    endpoint(contract.validateIssue, async (call) => {
      const validation = await validateIssue(deps, signedInActor(call), call.params.id);
      const issue = await readIssue(call);
      return validation.outcome === 'resolved'
        ? { outcome: 'resolved' as const, message: 'The fault is gone: this issue is resolved.', finding: null, issue }
        : {
            outcome: 'still-there' as const,
            message: `The fault is still there: ${validation.finding.message}`,
            finding: presentFinding(validation.finding),
            issue,
          };
    }),
    endpoint(contract.muteIssue, async (call) => {
      await muteIssue(deps, signedInActor(call), call.params.id, call.input.reason);
      return readIssue(call);
    }),
    endpoint(contract.unmuteIssue, async (call) => {
      await unmuteIssue(deps, signedInActor(call), call.params.id);
      return readIssue(call);
    }),
    endpoint(contract.assignIssue, async (call) => {
      await assignIssue(deps, signedInActor(call), call.params.id, call.input.userId);
      return readIssue(call);
    }),
    endpoint(contract.followIssue, async (call) => {
      await followIssue(deps, signedInActor(call), call.params.id, call.input.follow);
      return readIssue(call);
    }),
    endpoint(contract.listIssueActivity, async (call) => {
      await readIssue(call);
      return { items: await activityOf(call.params.id) };
    }),
    endpoint(contract.addIssueActivity, async (call) => {
      await writeIssueActivity(deps, signedInActor(call), call.params.id, call.input);
      return { items: await activityOf(call.params.id) };
    }),
    endpoint(contract.readHealthSummary, async () => {
      const counts = await countOpenIssues(db);
      const sum = (some: typeof counts) => some.reduce((total, { count }) => total + count, 0);
      const shown = counts.filter(({ muted }) => !muted);
      const of = (priority: (typeof priorities)[number]) => {
        const some = shown.filter((each) => each.priority === priority);
        return { own: sum(some.filter(({ peer }) => !peer)), peer: sum(some.filter(({ peer }) => peer)) };
      };
      const waiting = await listWaiting(db);
      return {
        open: { critical: of('critical'), high: of('high'), moderate: of('moderate'), low: of('low') },
        total: sum(shown),
        muted: sum(counts.filter(({ muted }) => muted)),
        score: (await hasCompleteRun(db)) ? healthScore(byPriority(counts)) : null,
        waiting: waiting.map((each) => ({ ...each, openIssues: each.openIssues ?? 0 })),
      };
    }),
  ];
}
