import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import packageFile from '../package.json' with { type: 'json' };
import { accessJobHandlers, createAuthorizationServer, createOAuthClient, purgeExpiredAccess } from './access/index.ts';
import { createAudit, recordAudit } from './audit/index.ts';
import {
  type ConsumerDeps,
  callbackPlugin,
  connectionProgressed,
  consumerEndpoints,
  consumerJobHandlers,
  consumerWireRoutes,
  providerConnectionSuspended,
  restartConnecting,
} from './consumer/index.ts';
import { createDirectory, type DirectoryDeps, removeExpired } from './directory/index.ts';
import { type Clock, HOUR_MS, type Random, SECOND_MS, systemClock, systemRandom } from './kernel/index.ts';
import { createKeys, type Keys, keysEndpoints, keysJobHandlers, type ModuleName, rotateKeys } from './keys/index.ts';
import {
  announceKeys,
  type Connection,
  clockWitnesses,
  discoveryPlugin,
  linkJobHandlers,
  peerOfConnection,
  peersHaveSeen,
  probeRoute,
  receiveBatchRoute,
  renewClientKeys,
  wirePlugin,
} from './link/index.ts';
import { migrations } from './migrations.ts';
import { backupEndpoint } from './platform/backup/index.ts';
import { openChanges } from './platform/changes.ts';
import { type Config, settingsEndpoint } from './platform/config/index.ts';
import { migrate, type OpenDatabase, openDatabase, pendingMigrations, type Tx } from './platform/db/index.ts';
import { freeBytes, readSecretFile, volumeOf, writeSecretFileOnce } from './platform/files/index.ts';
import { buildServer, cookieNames, type Readiness } from './platform/http/index.ts';
import { type JobRunner, openJobs } from './platform/jobs/index.ts';
import type { Log } from './platform/log/index.ts';
import { createMail } from './platform/mail/index.ts';
import { createPeerFetch, type Resolve } from './platform/peer-fetch/index.ts';
import { thumbprint } from './protocol/index.ts';
import {
  consentPlugin,
  consentPolicy,
  expireAttempts,
  findProvider,
  invitationMail,
  ownedRecords,
  type ProviderDeps,
  providerEndpoints,
  providerJobHandlers,
  providerWireRoutes,
  registrationSuspended,
  restartOnboarding,
} from './provider/index.ts';
import { createScan, createWorkerLife, mailEnded } from './scan/index.ts';
import { sealedColumns } from './sealed-columns.ts';
import { suites } from './suites.ts';

/** What a test may replace; the program itself uses the defaults. */
export type InstanceOptions = {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly resolve?: Resolve;
  readonly ca?: string;
  readonly passwordCost?: DirectoryDeps['passwordCost'];
};

/** One running instance: every room opened, wired to the others by this file alone. */
export type Instance = {
  readonly app: FastifyInstance;
  readonly open: OpenDatabase;
  readonly jobs: JobRunner;
  readonly keys: Keys;
  /** Answers requests. */
  listen(): Promise<void>;
  /** Runs jobs and timers. */
  work(): Promise<void>;
  /** Lets what runs end, then lets go of database and lock. */
  close(): Promise<void>;
  /** The code for POST /api/setup while nobody is on file; null afterwards. */
  firstAdministratorCode(): Promise<string | null>;
};

/** Links and running attempts carry signatures or secrets of these: reported as compromised, they begin anew. */
const ONBOARDING_RESTS_ON: ReadonlySet<ModuleName> = new Set(['sx.sign', 'sx.oauth.as', 'sx.invite', 'sx.session']);

const { version } = packageFile;
const CONSOLE_DIR = resolve(import.meta.dirname, '../console/dist');

export async function openInstance(options: InstanceOptions): Promise<Instance> {
  const { config, log, clock = systemClock, random = systemRandom } = options;
  const origin = config.publicUrl?.origin ?? null;
  const address = origin ?? `http://127.0.0.1:${config.port}`;
  const metrics = new Registry();

  const open = await openDatabase({
    log,
    ...(config.databaseUrl === undefined ? { dataDir: config.dataDir } : { url: config.databaseUrl.reveal() }),
  });
  const { db } = open;
  await migrate(open, migrations, clock);
  const changes = await openChanges(open);
  const keys = await createKeys({
    db,
    clock,
    random,
    log,
    changes,
    metrics,
    rootKeyFile: config.rootKeyFile,
    rootKeyProvider: config.rootKeyProvider,
    passphraseFile: config.rootPassphraseFile,
    dataDir: config.databaseUrl === undefined ? config.dataDir : null,
    files: { read: readSecretFile, writeOnce: writeSecretFileOnce, volumeOf, freeBytes },
    sealedColumns,
    peersHaveSeen: (seq) => peersHaveSeen({ db, clock, random, jobs }, seq),
    onCompromised: async (tx, { module }) => {
      await announceKeys({ clock, random, jobs }, tx);
      if (!ONBOARDING_RESTS_ON.has(module)) return;
      await jobs.send(tx, restartOnboarding, {}, { singletonKey: 'compromised' });
      await jobs.send(tx, restartConnecting, {}, { singletonKey: 'compromised' });
    },
    clockWitnesses: () => clockWitnesses({ db, clock }),
    manifestDetails: async () => {
      if (origin === null) return null;
      const display = (await findProvider(db))?.name ?? new URL(origin).host;
      return {
        origin,
        display,
        oauth: { issuer: origin, resource: `${origin}/sx/v1`, redirect_base: `${origin}/sx/oauth/cb/` },
        endpoints: {
          onboard: `${origin}/sx/v1/onboard`,
          conn: `${origin}/sx/v1/connections`,
          blob: `${origin}/sx/v1/blobs`,
        },
      };
    },
  });
  const jobs = await openJobs({ open, clock, log });
  const mail = createMail({ db, jobs, config, clock, random, log, onEnded: mailEnded({ clock, random }) });
  const rules = { kind: config.kind, allowCidrs: config.allowPeerCidrs };
  const reach = {
    clock,
    log,
    metrics,
    ...(options.resolve && { resolve: options.resolve }),
    ...(options.ca && { ca: options.ca }),
  };
  const peerFetch = createPeerFetch({ ...rules, ...reach });
  // Its own address comes from the configuration, not from a person, and may lie behind a private one.
  const selfFetch = createPeerFetch({
    kind: config.kind,
    allowCidrs: ['0.0.0.0/0', '::/0'],
    clock,
    log,
    ...(options.resolve && { resolve: options.resolve }),
    ...(options.ca && { ca: options.ca }),
  });
  // Cookies ignore ports: on loopback the name tells two instances apart, sealed or not.
  const cookies = cookieNames(config.publicUrl, createHash('sha256').update(address).digest('hex').slice(0, 8));
  const passwordCost = options.passwordCost && { passwordCost: options.passwordCost };
  const directory = createDirectory({
    db,
    clock,
    random,
    jobs,
    mail,
    publicUrl: config.publicUrl,
    cookies,
    ...passwordCost,
  });
  const audit = createAudit({
    db,
    clock,
    log,
    signer: keys.as('service:audit').signer('sx.audit'),
    headKeys: async () => keys.as('service:audit').publicKeys('sx.audit'),
  });

  const own = {
    ownId: () => keys.identity().id,
    ownManifest: () => keys.identity().manifest ?? '',
    ownFingerprint: () => {
      const { id, genesis } = keys.identity();
      return { id, rootThumbprint: thumbprint(genesis.root) };
    },
  };
  const accessKeys = keys.as('service:access');
  const server = createAuthorizationServer({
    db,
    clock,
    random,
    log,
    keys: accessKeys,
    origin: address,
    cookies,
    policy: consentPolicy({ db, ...own, adminMayConsent: config.providerAdminMayConsent }),
    renewClientKeys: async (client) => {
      const peer = (await peerOfConnection(db, client.owner.id)) ?? (await records.peerOfClient(client.owner));
      if (peer !== null) await renewClientKeys({ db, clock, peerFetch }, client, peer);
    },
  });
  const oauth = createOAuthClient({ keys: accessKeys, clock, fetch: peerFetch.fetch });

  const requireHealthyKeys = keys.requireHealthy;
  const shared = { db, clock, random, jobs, changes, peerFetch, origin, version, oauth, requireHealthyKeys, ...own };
  const providerRing = keys.as('service:provider');
  const providerDeps: ProviderDeps = {
    ...shared,
    mail,
    peerRules: rules,
    signer: providerRing.signer('sx.sign'),
    inviteSealer: providerRing.sealer('sx.invite'),
    sessionSealer: providerRing.sealer('sx.session'),
    guard: server.guard,
    adminMayConsent: config.providerAdminMayConsent,
    refreshManifest: keys.refreshManifest,
  };
  const provider = { ...providerDeps, invitationMail: invitationMail(providerDeps) };
  const consumerRing = keys.as('service:consumer');
  const consumer: ConsumerDeps = {
    ...shared,
    signer: consumerRing.signer('sx.sign'),
    inviteSealer: consumerRing.sealer('sx.invite'),
    sessionSealer: consumerRing.sealer('sx.session'),
    clientKeyId: () => consumerRing.activeKid('sx.oauth.client'),
  };
  const linkRing = keys.as('service:link');
  const link = {
    ...shared,
    signer: linkRing.signer('sx.sign'),
    sealer: linkRing.sealer('sx.session'),
    guard: server.guard,
    identity: () => keys.identity(),
    ownManifestSeq: () => keys.identity().manifestSeq,
    sealed: keys.sealed,
    onProgress: async (tx: Tx, connection: Connection) => {
      if (connection.side === 'consumer') await connectionProgressed(jobs, tx, connection);
    },
    onSuspended: (tx: Tx, connection: Connection, words: string) =>
      connection.side === 'consumer'
        ? providerConnectionSuspended(consumer, tx, connection, words)
        : registrationSuspended(provider, tx, connection, words),
  };

  const records = ownedRecords(db);
  const workers = createWorkerLife({ db, clock, random, version });
  const scan = createScan({
    db,
    jobs,
    clock,
    random,
    log,
    changes,
    workers,
    mail,
    suites: suites({
      db,
      clock,
      origin,
      version,
      workers,
      keys,
      mail,
      selfFetch,
      server,
      oauth,
      provider,
      consumer,
      records,
      ownId: own.ownId,
      pendingMigrations: () => pendingMigrations(open, migrations),
      hasJob: (name) => handlers.some(({ job }) => job.name === name),
      hasRoute: (method, url) => app.hasRoute({ method, url }),
    }),
  });

  mail.register([...directory.mails, ...scan.mails, provider.invitationMail]);
  const handlers = [
    ...mail.jobHandlers,
    ...directory.jobHandlers,
    ...accessJobHandlers({ db, clock }),
    ...keysJobHandlers({ keys }),
    ...scan.jobHandlers,
    ...linkJobHandlers(link),
    ...providerJobHandlers(provider),
    ...consumerJobHandlers(consumer),
  ];
  await jobs.work(handlers);

  const app = await buildServer({
    config,
    log,
    random,
    metrics,
    changes,
    version,
    consoleDir: CONSOLE_DIR,
    endpoints: [
      ...directory.endpoints,
      ...audit.endpoints,
      ...keysEndpoints({ keys, db }),
      ...scan.endpoints,
      ...mail.endpoints,
      backupEndpoint({ open, dataDir: config.dataDir, clock, recordAudit }),
      settingsEndpoint({
        config,
        version,
        instanceId: () => (keys.sealed() ? null : keys.identity().id),
        sealedReason: keys.sealedReason,
        name: async () => (await findProvider(db))?.name ?? null,
      }),
      ...providerEndpoints(provider),
      ...consumerEndpoints(consumer),
    ],
    plugins: [
      server.plugin,
      discoveryPlugin(link),
      wirePlugin({ clock, log, sealed: keys.sealed }, [
        probeRoute(link),
        receiveBatchRoute(link),
        ...providerWireRoutes(provider),
        ...consumerWireRoutes(consumer),
      ]),
      consentPlugin({ ...provider, sessions: directory, server }),
      callbackPlugin({ ...consumer, sessions: directory }),
    ],
    authenticate: directory.authenticate,
    mayWatch: records.mayWatch,
    sealed: keys.sealed,
    readiness: async (): Promise<Readiness> => {
      const pending = await pendingMigrations(open, migrations).catch(() => undefined);
      const sealedReason = keys.sealedReason();
      return [
        {
          name: 'database',
          ready: pending !== undefined,
          ...(pending === undefined && { why: 'the database does not answer' }),
        },
        { name: 'migrations', ready: pending?.length === 0 },
        { name: 'keys', ready: sealedReason === null, ...(sealedReason !== null && { why: sealedReason }) },
        { name: 'worker', ready: await workers.isWorking().catch(() => false) },
      ];
    },
  });

  const stopResuming = keys.onRecovered((components) => {
    scan
      .resumeWatched(`recovered: ${components.join(', ')}`)
      .catch((error: unknown) => log.warn({ err: error }, 'watched records could not be resumed'));
  });

  return {
    app,
    open,
    jobs,
    keys,
    listen: async () => void (await app.listen({ host: config.host, port: config.port })),
    work: async () => {
      keys.start();
      audit.start();
      await jobs.start();
      await scan.start();
      jobs.schedule(expireAttempts, 30);
      jobs.schedule(rotateKeys, 60);
      jobs.schedule(purgeExpiredAccess, HOUR_MS / SECOND_MS);
      jobs.schedule(removeExpired, HOUR_MS / SECOND_MS);
    },
    close: async () => {
      stopResuming();
      await scan.stop();
      await app.close();
      await jobs.stop();
      await audit.stop();
      await keys.stop();
      await Promise.all([peerFetch.close(), selfFetch.close()]);
      await open.close();
    },
    firstAdministratorCode: () => directory.firstAdministratorCode(),
  };
}
