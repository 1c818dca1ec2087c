import type { Tx } from '../platform/db/index.ts';
import { releaseEverywhere } from './issue-repo.ts';
import { cancelRuns } from './run-repo.ts';
import type { Subject } from './subject.ts';
import { deleteWatchesOf } from './watch-repo.ts';

/**
 * Forgets a subject that is gone: no more runs, no verdict from one that is going on, and its issues no longer count it.
 * Issues that held nobody else up are resolved within seconds.
 */
export async function stopWatching(tx: Tx, subject: Subject): Promise<void> {
  await deleteWatchesOf(tx, subject);
  await cancelRuns(tx, subject, 'Its subject was withdrawn.');
  await releaseEverywhere(tx, subject);
}
