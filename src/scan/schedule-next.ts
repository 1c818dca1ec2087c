import type { Clock } from '../kernel/index.ts';
import type { Tx } from '../platform/db/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import type { Finding } from './check.ts';
import { runWatched } from './scan-jobs.ts';
import type { Outcome } from './scan-run.ts';
import { deleteWatch, updateWatch, type WatchRow } from './watch-repo.ts';
import { nextRuns } from './watch-schedule.ts';

type Deps = { readonly jobs: Jobs; readonly clock: Clock };
type Ended = { readonly outcome: Outcome; readonly findings: readonly Finding[]; readonly peersAsked: boolean };

/** Ends the watch of a subject that passed, and says when one that failed is run again. */
export async function scheduleNext(deps: Deps, tx: Tx, watch: WatchRow, ended: Ended): Promise<void> {
  if (ended.outcome === 'passed') return deleteWatch(tx, watch);
  const now = deps.clock.now();
  const failingSince = watch.failing_since ?? now;
  const own = ended.findings.some((finding) => finding.peer !== true);
  const peer = ended.findings.some((finding) => finding.peer === true) || (ended.peersAsked ? false : 'unknown');
  const { dueAt, peerDueAt } = nextRuns({ now, failingSince, own, peer, peerDueAt: watch.peer_due_at });
  // Something was repaired while this run was going on: what it met may be what was.
  const woken = watch.woken_at !== null;
  await updateWatch(tx, watch, {
    told: ended.outcome,
    failing_since: failingSince,
    due_at: woken ? now : dueAt,
    peer_due_at: peerDueAt,
  });
  if (woken) await deps.jobs.send(tx, runWatched, {}, { singletonKey: 'woken' });
}
