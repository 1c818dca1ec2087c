import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../src/migrations.ts';
import { copyEmbeddedTemplate } from './embedded-template.ts';
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { type InstanceProcess, startInstanceProcess } from './instance-process.ts';
import { createTestDatabase, onServer } from './postgres-server.ts';

export type Engine = 'pglite' | 'postgres';

/** One instance in processes of its own, behind a fault proxy at its public address. */
export type CrashSide = {
  readonly origin: string;
  readonly proxy: FaultProxy;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** kill -9 of one node; it is started again on the same data at once. Resolves as soon as it is dead. */
  strike(node?: number): Promise<void>;
  /** Starts one more node on the same data. */
  join(): Promise<void>;
  /** kill -9 of one node, for good. */
  lose(node: number): Promise<void>;
  /** Resolves when every node that was struck serves again. */
  back(): Promise<void>;
  firstAdministratorCode(): Promise<string>;
  /** What a person would look for in the log: warnings and errors of the running nodes. */
  complaints(): string[];
  /** Ends all nodes cleanly; the data stays. */
  stop(): Promise<void>;
  /** Kills what runs and removes the data. */
  remove(): Promise<void>;
};

/** A port that nobody listens on. */
const NOBODY = 1;

export async function openCrashSide(options: {
  host: '127.0.0.1' | 'localhost';
  engine: Engine;
  nodes?: number;
}): Promise<CrashSide> {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-crash-'));
  const dataDir = join(folder, 'data');
  const database = options.engine === 'postgres' ? await createTestDatabase(migrations) : undefined;
  if (database === undefined) await copyEmbeddedTemplate(dataDir, migrations);
  const proxy = await openFaultProxy(options.host);
  const nodes = new Map<number, InstanceProcess & { readonly port: number }>();
  const coming = new Map<number, Promise<void>>();
  /** As proxies do, this one passes over a node that does not answer while there is another one. */
  const tell = () => {
    proxy.nodes = nodes.size === 0 ? [NOBODY] : [...nodes.values()].map(({ port }) => port);
  };

  const start = async (node: number): Promise<void> => {
    // Another one each time: while nobody listened, somebody else may have taken the last.
    const port = await freePort();
    const env = {
      LIAISE_INSTANCE_KIND: 'non-production',
      LIAISE_PUBLIC_URL: proxy.origin,
      LIAISE_HOST: '127.0.0.1',
      LIAISE_PORT: String(port),
      LIAISE_ALLOW_PEER_CIDRS: '127.0.0.0/8,::1/128',
      LIAISE_DATA_DIR: dataDir,
      LIAISE_ROOT_KEY_FILE: join(folder, 'root.key'),
      ...(database !== undefined && { DATABASE_URL: database.url }),
    };
    nodes.set(node, { ...(await startInstanceProcess(env)), port });
    tell();
  };
  const lose = async (node: number): Promise<void> => {
    const dead = nodes.get(node);
    nodes.delete(node);
    await dead?.kill();
    tell();
  };

  // One after the other: every start makes a new code for the first administrator, and only the last one is good.
  for (let node = 0; node < (options.nodes ?? 1); node += 1) await start(node);
  return {
    origin: proxy.origin,
    proxy,
    databaseUrl: database?.url,
    dataDir,
    join: () => start(Math.max(...nodes.keys()) + 1),
    lose,
    async strike(node = 0) {
      await coming.get(node);
      const dead = lose(node);
      const revived = dead.then(async () => {
        if (database !== undefined && nodes.size === 0) await expireLeases(database.url);
        await start(node);
      });
      coming.set(node, revived);
      revived.catch(() => undefined);
      await dead;
    },
    back: async () => void (await Promise.all(coming.values())),
    firstAdministratorCode: () =>
      [...nodes.values()].at(-1)?.firstAdministratorCode() ?? Promise.reject(new Error('no node runs')),
    complaints: () =>
      [...nodes.values()].flatMap(({ lines }) => lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line))),
    stop: async () => {
      await Promise.all(coming.values());
      await Promise.all([...nodes.values()].map((node) => node.stop()));
      nodes.clear();
    },
    async remove() {
      await Promise.allSettled(coming.values());
      await Promise.all([...nodes.keys()].map(lose));
      await proxy.close();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A node that runs a job gives a sign of life every few seconds; without one the job goes to another node after twenty. When
 * the only node is dead there is nobody whose job could be taken by mistake, so the test lets those seconds pass at once.
 */
const expireLeases = (url: string): Promise<unknown> =>
  onServer(url, async (client) => {
    await client.query(`update pgboss.job set heartbeat_on = heartbeat_on - interval '1 hour' where state = 'active'`);
    await client.query('update pgboss.queue set monitor_claim_on = null, monitor_on = null');
  });
