import { system } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import { sendAbort } from '../consumer-jobs.ts';
import type { ConsumerDeps } from '../deps.ts';
import { listConnecting, lockProviderConnection } from '../provider-connection-repo.ts';
import { currentAttempt } from './attempt-repo.ts';
import { endAttempt } from './end-attempt.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes'>;

/** After a key was reported as compromised: attempts that have signed with it end, and can be started anew at once. */
export async function endAllAttempts(deps: Deps): Promise<void> {
  for (const { id } of await listConnecting(deps.db)) {
    await transact(deps.db, async (tx) => {
      const record = await lockProviderConnection(tx, id);
      const attempt = await currentAttempt(tx, id);
      if (record?.state !== 'connecting' || attempt === undefined) return;
      if (!(await endAttempt(deps, tx, record, system('onboarding'), 'key_compromised'))) return;
      await deps.jobs.send(tx, sendAbort, { id, number: attempt.number });
      await deps.changes.publish(tx, record.number);
    });
  }
}
