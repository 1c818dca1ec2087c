import { findClient, listServiceAccounts, SERVICE_ACCOUNT_PREFIX } from '../../access/index.ts';
import { type Clock, HOUR_MS } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { type Check, defineCheck, type Finding, type Side, type Subject } from '../../scan/index.ts';
import { type Connection, findTrafficSecret, listConnections } from '../connection-repo.ts';
import { connectionSource } from '../connection-source.ts';
import { listControlMessages } from '../control/control-repo.ts';
import { FIRST_EPOCH } from '../traffic-secret.ts';

type Deps = { readonly db: Db; readonly clock: Clock };

/** C.3: a message that nobody has taken for so long is worth a word, whatever the reason. */
const WAITING_MS = HOUR_MS;

const RESTORE = 'Restore the latest backup, or off-board this connection and connect again.';
const BY_OTHER_MEANS = 'This program changes none of this after connecting: the database was changed by other means.';

/** What must hold of a connection as long as it is there: its status, both of its directions, the account of its peer. */
export function healthChecks(deps: Deps): Record<'statusActive' | 'directionsActive' | 'accountUnaltered', Check> {
  const common = { category: 'Connection', side: 'both' } as const;
  const made = async (side: Side, subject: Subject): Promise<Connection[]> =>
    (await listConnections(deps.db, side)).filter(
      ({ status, owner_id }) =>
        (status === 'active' || status === 'suspended') && (subject.kind === 'instance' || owner_id === subject.id),
    );
  const findings = async (
    connections: readonly Connection[],
    judge: (connection: Connection) => Omit<Finding, 'source'> | null | Promise<Omit<Finding, 'source'> | null>,
  ): Promise<Finding[]> => {
    const found: Finding[] = [];
    for (const connection of connections) {
      const said = await judge(connection);
      if (said !== null) found.push({ source: await connectionSource(deps.db, connection), ...said });
    }
    return found;
  };

  return {
    statusActive: defineCheck({
      ...common,
      id: 'CHK-12',
      name: 'Connections are active',
      priority: 'critical',
      summary: 'A connection is suspended',
      description: 'A connection that was made takes and sends messages until it is off-boarded.',
      remedy: 'Find out with the other side why the connection was suspended.',
      run: async ({ side, subject }) =>
        findings(await made(side, subject), ({ status, suspended_for: reason }) =>
          status === 'active'
            ? null
            : {
                message: `The connection is suspended${reason === null ? '' : ` (${reason})`}: nothing is sent or accepted.`,
                cause:
                  'Two instances use one set of keys, or one of the two sides was put back to an older state. The notes of the record tell what was seen.',
                remedy: 'Find out with the other side which instance is the right one, and stop the other.',
                who: 'the administrators of both sides',
              },
        ),
    }),
    directionsActive: defineCheck({
      ...common,
      id: 'CHK-13',
      name: 'Both directions of a connection are in place',
      priority: 'high',
      summary: 'A direction of a connection does not work',
      description:
        'Inbound: the client of the other instance is on file with a key. Outbound: the traffic secret is on file, and no message waits for longer than an hour.',
      remedy: 'See the Error Log for the connection named.',
      run: async ({ side, subject }) =>
        findings(
          (await made(side, subject)).filter(({ status }) => status === 'active'),
          (connection) => judgeDirections(deps, connection),
        ),
    }),
    accountUnaltered: defineCheck({
      ...common,
      id: 'CHK-15',
      name: 'The service accounts of connections are as they were made',
      priority: 'moderate',
      summary: 'The service account of a connection was altered',
      description:
        'The account that a connected peer works under is named after the connection, belongs to it alone, and is on file.',
      remedy: RESTORE,
      run: async ({ side, subject }) => {
        const accounts = await listServiceAccounts(deps.db);
        return findings(await made(side, subject), ({ id, service_account: named }) => {
          const account = accounts.find(({ owner }) => owner.kind === 'connection' && owner.id === id);
          const should = `${SERVICE_ACCOUNT_PREFIX}${id.slice('con_'.length)}`;
          if (account?.name === should && named === should) return null;
          const is =
            account === undefined ? 'is not on file' : `is named “${account.name}”, the connection says “${named}”`;
          return {
            message: `The service account ${should} ${is}.`,
            cause: BY_OTHER_MEANS,
            remedy: RESTORE,
            who: 'an operator of this instance',
          };
        });
      },
    }),
  };
}

async function judgeDirections({ db, clock }: Deps, connection: Connection): Promise<Omit<Finding, 'source'> | null> {
  const client = await findClient(db, connection.local_client_id);
  const secrets = [
    await findTrafficSecret(db, connection.id, FIRST_EPOCH, 'c2p'),
    await findTrafficSecret(db, connection.id, FIRST_EPOCH, 'p2c'),
  ];
  const lost = [
    ...(client?.phase === 'keyed' && client.keys.length > 0
      ? []
      : ['inbound: the other instance has no client with a key here']),
    ...(secrets.includes(undefined) ? ['both directions: a traffic secret is missing'] : []),
  ];
  if (lost.length > 0)
    return {
      message: `${lost.join('; ')}.`,
      cause: BY_OTHER_MEANS,
      remedy: RESTORE,
      who: 'an operator of this instance',
    };
  const waiting = (await listControlMessages(db, connection.id)).find(({ receipt }) => receipt === null);
  const waits = waiting === undefined ? 0 : clock.now().getTime() - waiting.created_at.getTime();
  if (waits <= WAITING_MS) return null;
  return {
    message: `outbound: a message has been waiting for ${Math.floor(waits / HOUR_MS)} h.`,
    cause: 'The other instance does not answer, or does not take what is sent; the Error Log says which.',
    remedy: 'Ask the other side whether its instance runs. What waits is sent by itself.',
    who: 'the administrators of the other side',
    peer: true,
  };
}
