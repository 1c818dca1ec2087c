import { listClients, listServiceAccounts, type Owner } from '../../access/index.ts';
import { type Clock, HOUR_MS } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { type Check, defineCheck, type Finding } from '../../scan/index.ts';
import { connectionId } from '../connection.ts';
import { type Connection, findConnection, listConnections } from '../connection-repo.ts';

type Deps = {
  db: Db;
  clock: Clock;
  /** Whether the registration or provider connection that a connection was made for still stands for it. */
  ownerIsLive: (connection: Connection) => Promise<boolean>;
  /** Whether a record that is not a connection (a registration in an attempt) still stands for its client. */
  recordIsLive: (owner: Owner) => Promise<boolean>;
};

/** OQ-22: nothing live refers to it, and it is older than a day. */
const STALE_MS = 24 * HOUR_MS;

/**
 * Leftovers of attempts that did not end well (REG-80). Each step removes what it made when it is undone, so these find
 * something only where our own code, or a restored backup, has failed.
 */
export function staleChecks(deps: Deps): Record<'unusedConnections' | 'unusedClients' | 'unusedAccounts', Check> {
  const common = { category: 'Onboarding', priority: 'high', side: 'both' } as const;
  const old = (instant: Date) => deps.clock.now().getTime() - instant.getTime() > STALE_MS;
  const connectionLives = async (id: string): Promise<boolean> => {
    const connection = connectionId.is(id) ? await findConnection(deps.db, id) : undefined;
    return connection !== undefined && (await deps.ownerIsLive(connection));
  };
  const leftover = (kind: string, name: string): Finding => ({
    source: { kind, id: name, label: name },
    message: `${name} belongs to no live registration or connection.`,
    cause: 'An earlier attempt to connect was interrupted, or a backup was restored, and this was left behind.',
    remedy:
      'Off-board the connection it belonged to. If there is none, restore the latest backup or report a defect: this should clean itself up.',
    who: 'an administrator',
  });

  return {
    unusedConnections: defineCheck({
      ...common,
      id: 'CHK-05',
      name: 'No unused connection records',
      summary: 'A connection record is not used',
      description: 'Connections whose registration or provider connection is gone or has moved on to another attempt.',
      remedy: 'Off-board the connection named.',
      run: async () => {
        const all = [...(await listConnections(deps.db, 'provider')), ...(await listConnections(deps.db, 'consumer'))];
        const findings: Finding[] = [];
        for (const connection of all) {
          if (connection.status === 'off-boarded' || !old(connection.created_at)) continue;
          if (!(await deps.ownerIsLive(connection))) findings.push(leftover('connection', connection.id));
        }
        return findings;
      },
    }),
    unusedClients: defineCheck({
      ...common,
      id: 'CHK-06',
      name: 'No unused OAuth clients',
      summary: 'An OAuth client is not tied to a connection',
      description: 'OAuth clients whose connection or running attempt is gone.',
      remedy: 'Off-board the connection it belonged to.',
      run: async () => {
        const findings: Finding[] = [];
        for (const client of await listClients(deps.db)) {
          if (!old(client.createdAt)) continue;
          const lives =
            client.owner.kind === 'connection' ? connectionLives(client.owner.id) : deps.recordIsLive(client.owner);
          if (!(await lives)) findings.push(leftover('oauth-client', client.clientId));
        }
        return findings;
      },
    }),
    unusedAccounts: defineCheck({
      ...common,
      id: 'CHK-07',
      name: 'No unused integration users',
      summary: 'An integration user was left by a retry',
      description: 'Service accounts (sb_user…) whose connection is gone.',
      remedy: 'Off-board the connection it belonged to.',
      run: async () => {
        const findings: Finding[] = [];
        for (const account of await listServiceAccounts(deps.db)) {
          if (!old(account.createdAt)) continue;
          if (!(await connectionLives(account.owner.id))) findings.push(leftover('service-account', account.name));
        }
        return findings;
      },
    }),
  };
}
