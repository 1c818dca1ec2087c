import { type Clock, type Random, SECOND_MS } from '../kernel/index.ts';
import type { Changes } from '../platform/changes.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Endpoint } from '../platform/http/index.ts';
import { handler, type JobHandler, type JobRunner } from '../platform/jobs/index.ts';
import type { Log } from '../platform/log/index.ts';
import type { AnyMail, MailSender } from '../platform/mail/index.ts';
import { abandonScan } from './abandon-scan.ts';
import { errorDigestMail } from './errors/error-digest-mail.ts';
import { raiseErrors } from './errors/raise-errors.ts';
import { recordError } from './errors/record-error.ts';
import { errorEndpoints } from './errors/routes.ts';
import { sendDigest } from './errors/send-digest.ts';
import { settleErrors } from './errors/settle-errors.ts';
import { tellFollowers } from './follow-issue.ts';
import { issueResolvedMail } from './issue-resolved-mail.ts';
import { performScan } from './perform-scan.ts';
import { resumeWatched } from './resume-watched.ts';
import { scanEndpoints } from './routes.ts';
import { runDailySuites } from './run-daily-suites.ts';
import {
  ERROR_DIGEST_EVERY_SECONDS,
  RUN_DAILY_EVERY_SECONDS,
  RUN_WATCHED_EVERY_SECONDS,
  runDaily,
  runScan,
  runWatched,
  sendErrorDigest,
} from './scan-jobs.ts';
import { startDueRuns } from './start-due-runs.ts';
import { checksOf, type Suite } from './suite.ts';
import type { WorkerLife } from './worker-life.ts';

export type ScanDeps = {
  readonly db: Db;
  readonly jobs: Pick<JobRunner, 'send' | 'schedule'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly changes: Pick<Changes, 'publish'>;
  readonly suites: readonly Suite[];
  readonly mail: MailSender;
  /** Who lives and works: made before the suites, since a check asks it. */
  readonly workers: WorkerLife;
};

export type Scan = {
  readonly endpoints: Endpoint[];
  readonly jobHandlers: JobHandler[];
  readonly mails: AnyMail[];
  /** Runs every watched subject again at once: something many of them may wait for has recovered. */
  resumeWatched(reason: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

const SIGN_OF_LIFE_EVERY_MS = 5 * SECOND_MS;

/** The scan engine: its API, its jobs, and the ticking that keeps watched subjects going. */
export function createScan(deps: ScanDeps): Scan {
  refuseDoubleIds(deps.suites);
  const { workers, log } = deps;
  const errorDigest = errorDigestMail(deps);
  const issueResolved = issueResolvedMail(deps);
  let timer: NodeJS.Timeout | undefined;
  return {
    endpoints: [...scanEndpoints(deps), ...errorEndpoints(deps)],
    mails: [errorDigest, issueResolved],
    jobHandlers: [
      handler(
        runScan,
        async ({ runId }, context) => {
          // A worker that is at work on this very run must not be found idle by it, right after a start for one.
          if (!(await workers.isWorking())) await workers.note(true);
          await performScan(deps, runId, context);
        },
        ({ runId }) => abandonScan(deps, runId),
      ),
      handler(runWatched, async () => {
        await startDueRuns(deps);
        await raiseErrors(deps);
        await tellFollowers({ ...deps, issueResolved });
        await workers.note(true);
      }),
      handler(runDaily, () => runDailySuites(deps)),
      handler(sendErrorDigest, () => sendDigest({ ...deps, errorDigest })),
    ],
    resumeWatched: (reason) => resumeWatched(deps, reason),
    async start() {
      await workers.note(false);
      await noteVersions(deps);
      deps.jobs.schedule(runWatched, RUN_WATCHED_EVERY_SECONDS);
      deps.jobs.schedule(runDaily, RUN_DAILY_EVERY_SECONDS);
      deps.jobs.schedule(sendErrorDigest, ERROR_DIGEST_EVERY_SECONDS);
      timer = setInterval(() => {
        workers.note(false).catch((error: unknown) => log.warn({ err: error }, 'this node could not sign its life'));
      }, SIGN_OF_LIFE_EVERY_MS);
    },
    async stop() {
      clearInterval(timer);
      await workers
        .leave()
        .catch((error: unknown) => log.warn({ err: error }, 'this node could not take itself off the list'));
    },
  };
}

/** Records that this node started beside one of another version, or that the last of those is gone. */
async function noteVersions(deps: ScanDeps): Promise<void> {
  const versions = [...new Set((await deps.workers.living()).map(({ version }) => version))];
  const source = { kind: 'instance', id: 'nodes', label: 'nodes of this instance' };
  await transact(deps.db, async (tx) => {
    if (versions.length === 1) return settleErrors(deps, tx, [source.id], ['nodes-of-two-versions']);
    const text = `Nodes of this instance run ${versions.toSorted().join(', ')} at the same time.`;
    await recordError(deps, tx, { code: 'nodes-of-two-versions', text, side: null, source });
  });
}

/** Issues are kept by check id: two checks of one id would resolve each other's. */
function refuseDoubleIds(suites: readonly Suite[]): void {
  const byId = new Map(suites.flatMap(checksOf).map((check) => [check.id, check]));
  for (const check of suites.flatMap(checksOf)) {
    if (byId.get(check.id) !== check) throw new Error(`two different checks have the id ${check.id}`);
  }
}
