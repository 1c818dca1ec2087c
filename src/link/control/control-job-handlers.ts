import { handler, type JobHandler } from '../../platform/jobs/job.ts';
import { type ErrorReport, recordFailures } from '../../scan/index.ts';
import type { ConnectionId } from '../connection.ts';
import { findConnection } from '../connection-repo.ts';
import { connectionSource } from '../connection-source.ts';
import { deliverControl } from './control-jobs.ts';
import { type DeliverDeps, deliverWaiting, NotDelivered, SentElsewhere } from './deliver-control.ts';

export const linkJobHandlers = (deps: DeliverDeps): JobHandler[] => [
  handler(deliverControl, ({ connectionId }, context) =>
    recordFailures(
      deps,
      context,
      (error) => describe(deps, connectionId, error),
      () => deliverWaiting(deps, connectionId),
    ),
  ),
];

async function describe(deps: DeliverDeps, id: ConnectionId, error: unknown): Promise<ErrorReport | undefined> {
  const connection = await findConnection(deps.db, id);
  if (connection === undefined || error instanceof SentElsewhere) return undefined;
  const source = await connectionSource(deps.db, connection);
  const common = { side: connection.side, source, connection: source };
  if (error instanceof NotDelivered)
    return { ...common, code: `transport-outbound-${error.kind}`, text: `${source.label}: ${error.message}.` };
  const kind = error instanceof Error ? error.name : 'no error object';
  return { ...common, code: 'unknown', text: `${source.label}: messages could not be sent (${kind}).` };
}
