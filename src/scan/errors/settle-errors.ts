import type { Clock } from '../../kernel/index.ts';
import type { Tx } from '../../platform/db/index.ts';
import { resolveErrorIssues } from '../issue-repo.ts';
import { endErrors } from './error-repo.ts';
import type { KnownErrorCode } from './known-errors.ts';

/** Says that what went wrong at these sources has gone well since, or does not matter any more: their issues are resolved. */
export async function settleErrors(
  { clock }: { readonly clock: Clock },
  tx: Tx,
  sources: readonly string[],
  codes?: readonly KnownErrorCode[],
): Promise<void> {
  const now = clock.now();
  await endErrors(tx, { sources, codes, now });
  await resolveErrorIssues(tx, { sources, codes, now });
}
