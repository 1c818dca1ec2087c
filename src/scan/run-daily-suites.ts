import { type Clock, DAY_MS, later, type Random } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Jobs } from '../platform/jobs/index.ts';
import { deleteErrorsBefore } from './errors/error-repo.ts';
import { requestScan } from './request-scan.ts';
import { deleteRunsBefore } from './run-repo.ts';
import { sides, wholeInstance } from './subject.ts';
import type { Suite } from './suite.ts';

type Deps = {
  readonly db: Db;
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly random: Random;
  readonly suites: readonly Suite[];
};

/** SCN-11. Long enough to look back at last quarter's trouble. */
const KEPT_MS = 90 * DAY_MS;

/** Starts every daily suite in both roles of this instance, and forgets runs and errors that nobody looks at any more. */
export async function runDailySuites(deps: Deps): Promise<void> {
  await transact(deps.db, async (tx) => {
    const oldest = later(deps.clock.now(), -KEPT_MS);
    await deleteRunsBefore(tx, oldest);
    await deleteErrorsBefore(tx, oldest);
    for (const { name } of deps.suites.filter(({ daily }) => daily === true)) {
      for (const side of sides) {
        await requestScan(deps, tx, { suite: name, side, subject: wholeInstance(side), watch: true });
      }
    }
  });
}
