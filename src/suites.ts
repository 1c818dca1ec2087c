import type { AuthorizationServer, OAuthClient } from './access/index.ts';
import { type ConsumerDeps, connectionIsLive, consumerChecks } from './consumer/index.ts';
import { type Clock, err, ok } from './kernel/index.ts';
import type { Keys } from './keys/index.ts';
import {
  connectionChecks,
  healthChecks,
  instanceChecks,
  observePeer,
  POST_ONBOARDING,
  staleChecks,
} from './link/index.ts';
import type { Db } from './platform/db/index.ts';
import type { Mailer } from './platform/mail/index.ts';
import type { PeerFetch } from './platform/peer-fetch/index.ts';
import type { InstanceId } from './protocol/index.ts';
import { type OwnedRecords, type ProviderDeps, providerChecks } from './provider/index.ts';
import {
  type Check,
  oneVersion,
  type Suite,
  schemaAndVersions,
  sharedRuntime,
  transportInPlace,
  type WorkerLife,
} from './scan/index.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly origin: string | null;
  readonly version: string;
  readonly workers: WorkerLife;
  readonly keys: Pick<Keys, 'gate'>;
  readonly mail: Pick<Mailer, 'checkTransport'>;
  /** May call this instance's own address, wherever that leads. */
  readonly selfFetch: PeerFetch;
  readonly server: Pick<AuthorizationServer, 'selfTest'>;
  readonly oauth: Pick<OAuthClient, 'selfTest' | 'authenticate'>;
  readonly provider: ProviderDeps;
  readonly consumer: ConsumerDeps;
  readonly records: OwnedRecords;
  readonly ownId: () => InstanceId;
  readonly pendingMigrations: () => Promise<string[]>;
  readonly hasJob: (name: string) => boolean;
  readonly hasRoute: (method: 'POST' | 'PUT', url: string) => boolean;
};

const LANE = 'PUT /sx/v1/connections/:conn/lanes/:lane/batches/:seq';

/**
 * The suites of this program (SUI-01, SUI-02, SUI-04), put together from the rooms that know the subjects. A check that
 * several suites run is made once: its issues are the same, whoever found them.
 */
export function suites(deps: Deps): Suite[] {
  const stale = staleChecks({
    db: deps.db,
    clock: deps.clock,
    ownerIsLive: (connection) =>
      connection.side === 'provider'
        ? deps.records.connectionIsLive(connection)
        : connectionIsLive(deps.db, connection),
    recordIsLive: deps.records.clientIsLive,
  });
  const runtime = sharedRuntime(deps);
  const version = oneVersion({ provider: deps.version, consumer: deps.version });
  const { unusedConnections, unusedClients, unusedAccounts } = stale;
  const { accountNames, settingsPresent, tokensGranted } = connectionChecks(deps);
  const { statusActive, directionsActive, accountUnaltered } = healthChecks(deps);
  const versions = schemaAndVersions({ ...deps, nodeVersion: process.versions.node });
  const transport = transportOfBothSides(deps);

  const preOnboarding: Suite = {
    name: 'pre-onboarding',
    title: 'Pre-Onboarding',
    checks: [
      ...instanceChecks({
        origin: deps.origin,
        reachSelf: (signal) => reachSelf(deps, signal),
        gate: (signal) => deps.keys.gate(signal),
        oauthSelfTest: async () => {
          const issuing = await deps.server.selfTest();
          return issuing.ok ? deps.oauth.selfTest() : issuing;
        },
        checkMail: () => deps.mail.checkTransport(),
      }),
      unusedConnections,
      unusedClients,
      unusedAccounts,
      versions,
      transport,
      runtime,
      version,
      ...providerChecks(deps.provider),
      ...consumerChecks(deps.consumer),
    ],
  };
  const postOnboarding: Suite = {
    name: POST_ONBOARDING,
    title: 'Post-Onboarding',
    checks: [accountNames, settingsPresent],
  };
  const baseConfigurations: Suite = {
    name: 'base-configurations',
    title: 'Base Configurations',
    checks: [unusedConnections, unusedClients, runtime, version, tokensGranted],
    daily: true,
  };
  const connectionHealth: Suite = {
    name: 'connection-health',
    title: 'Connection Health',
    checks: [statusActive, directionsActive, accountUnaltered, settingsPresent, versions, transport],
    daily: true,
  };
  const children = [preOnboarding, postOnboarding, baseConfigurations, connectionHealth];
  return [...children, { name: 'complete', title: 'Complete', checks: [], children }];
}

const transportOfBothSides = (deps: Pick<Deps, 'hasJob' | 'hasRoute'>): Check =>
  transportInPlace({
    required: {
      provider: {
        jobs: ['link.deliver-control', 'provider.push-commit'],
        routes: ['POST /sx/v1/onboard/:reg/hello', LANE],
      },
      consumer: {
        jobs: ['link.deliver-control', 'consumer.advance-attempt'],
        routes: ['POST /sx/v1/onboard/:reg/commit', LANE],
      },
    },
    hasJob: deps.hasJob,
    hasRoute: (route) => {
      const [method, url] = route.split(' ') as ['POST' | 'PUT', string];
      return deps.hasRoute(method, url);
    },
  });

/** Whether the configured public address leads to this very instance (CHK-02). The error is a sentence. */
async function reachSelf({ origin, selfFetch, clock, ownId }: Deps, signal: AbortSignal) {
  if (origin === null) return err('There is no public address.');
  const seen = await observePeer({ peerFetch: selfFetch, clock }, origin, { signal });
  if (!seen.ok) return err(seen.error.message);
  return seen.value.identity.id === ownId() ? ok(undefined) : err('Another instance answers there.');
}
