import { type OAuthClient, SERVICE_ACCOUNT_PREFIX } from '../../access/index.ts';
import type { Db } from '../../platform/db/database.ts';
import { type Check, defineCheck, type Finding, type Side, type Subject } from '../../scan/index.ts';
import { type Connection, listConnections } from '../connection-repo.ts';
import { connectionSource } from '../connection-source.ts';

type Deps = { db: Db; oauth: Pick<OAuthClient, 'authenticate'> };

/** What must hold of every connection that has been made: the one of a record, or all of this side. */
export function connectionChecks(deps: Deps): Record<'accountNames' | 'settingsPresent' | 'tokensGranted', Check> {
  const common = { category: 'Connection', side: 'both' } as const;
  const activeOf = async (side: Side, subject: Subject): Promise<Connection[]> =>
    (await listConnections(deps.db, side)).filter(
      ({ status, owner_id }) => status === 'active' && (subject.kind === 'instance' || owner_id === subject.id),
    );
  const about = async (connection: Connection, said: Omit<Finding, 'source'>): Promise<Finding> => ({
    source: await connectionSource(deps.db, connection),
    ...said,
  });

  return {
    accountNames: defineCheck({
      ...common,
      id: 'CHK-16',
      name: 'Service accounts carry the prefix that tells them from people',
      priority: 'moderate',
      summary: 'The service account of a connection lacks its prefix',
      description: `The name of every connection's service account begins with ${SERVICE_ACCOUNT_PREFIX}.`,
      remedy: 'Restore the latest backup, or off-board the connection named and connect again.',
      run: async ({ side, subject }) => {
        const wrong = (await activeOf(side, subject)).filter(
          ({ service_account }) => !service_account.startsWith(SERVICE_ACCOUNT_PREFIX),
        );
        return Promise.all(
          wrong.map((connection) =>
            about(connection, {
              message: `The service account “${connection.service_account}” does not begin with ${SERVICE_ACCOUNT_PREFIX}.`,
              cause: 'This program names accounts itself and renames none: the database was changed by other means.',
              remedy: 'Restore the latest backup, or off-board this connection and connect again.',
              who: 'an operator of this instance',
            }),
          ),
        );
      },
    }),
    settingsPresent: defineCheck({
      ...common,
      id: 'CHK-17',
      name: 'Settings of both sides are on file, with their versions',
      priority: 'high',
      summary: 'The settings of a connection are missing or name no version',
      description: 'Both instances exchanged their settings while they connected; each names the version it runs.',
      remedy: 'Off-board the connection named and connect again.',
      run: async ({ side, subject }) => {
        const found = (await activeOf(side, subject)).map((connection) => ({
          connection,
          missing: missingSettings(connection),
        }));
        return Promise.all(
          found
            .filter(({ missing }) => missing.length > 0)
            .map(({ connection, missing }) =>
              about(connection, {
                message: `On this connection ${missing.join(' and ')}.`,
                cause:
                  'The exchange of settings is part of connecting, so what it left was changed or lost afterwards.',
                remedy: 'Restore the latest backup, or off-board this connection and connect again.',
                who: 'an administrator of this instance',
              }),
            ),
        );
      },
    }),
    tokensGranted: defineCheck({
      ...common,
      id: 'CHK-18',
      name: 'The other instances still give this one tokens',
      priority: 'high',
      peer: true,
      subjects: ['instance'],
      timeoutMs: 60_000,
      summary: 'Another instance no longer gives this one a token',
      description: 'Asks the authorization server of every active connection for a token, as sending a message would.',
      remedy: 'Ask the other side whether the connection still exists there.',
      run: async ({ side, subject }) => {
        const findings = await Promise.all(
          (await activeOf(side, subject)).map(async (connection) => {
            const { remote_issuer, remote_client_id, remote_resource } = connection;
            const access = { issuer: remote_issuer, clientId: remote_client_id, resource: remote_resource };
            const asked = await deps.oauth.authenticate(access);
            if (asked.ok) return [];
            const away = asked.error.code === 'unreachable';
            return [
              await about(connection, {
                message: `${remote_issuer} gave no token (${asked.error.error ?? asked.error.code}).`,
                cause: away
                  ? 'The other instance does not answer at the moment.'
                  : 'It no longer knows this instance’s client or its key: the connection was off-boarded there, or a backup restored.',
                remedy: away
                  ? 'The check is repeated by itself. If it stays, ask the other side whether its instance runs.'
                  : 'Ask the other side whether the connection still exists there; if not, off-board it here too.',
                who: `the administrators of ${remote_issuer}`,
                peer: true,
              }),
            ];
          }),
        );
        return findings.flat();
      },
    }),
  };
}

function missingSettings({ settings_ours, settings_theirs }: Connection): string[] {
  const names = (settings: Record<string, unknown> | null) => typeof settings?.appVersion === 'string';
  return [
    ...(names(settings_ours) ? [] : ['this side’s settings name no version']),
    ...(settings_theirs === null ? ['the other side’s settings are missing'] : []),
    ...(settings_theirs !== null && !names(settings_theirs) ? ['the other side’s settings name no version'] : []),
  ];
}
