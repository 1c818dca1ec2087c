import type { Clock, Random } from '../../kernel/index.ts';
import { type Db, transact } from '../../platform/db/index.ts';
import type { JobContext } from '../../platform/jobs/index.ts';
import type { ErrorReport } from './logged-error.ts';
import { recordError } from './record-error.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random };

/** The first attempts of a step often meet a side that is one step behind: about seven seconds of it are no error. */
const FIRST_RECORDED = 4;

/** Runs a job that is repeated until it goes well, and records what keeps it from that. Throws what `work` throws. */
export async function recordFailures(
  deps: Deps,
  { attempt }: Pick<JobContext, 'attempt'>,
  describe: (error: unknown) => Promise<ErrorReport | undefined>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const report = attempt < FIRST_RECORDED ? undefined : await describe(error);
    if (report !== undefined) await transact(deps.db, (tx) => recordError(deps, tx, report));
    throw error;
  }
}
