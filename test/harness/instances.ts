import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiCaller, apiCaller } from '../../src/demo/api-caller.ts';
import { type Browser, createBrowser } from '../../src/demo/browser.ts';
import { type Instance, type InstanceOptions, openInstance } from '../../src/instance.ts';
import { migrations } from '../../src/migrations.ts';
import { loadConfig } from '../../src/platform/config/index.ts';
import { createLog } from '../../src/platform/log/index.ts';
import { testEngine } from './database.ts';
import { copyEmbeddedTemplate } from './embedded-template.ts';
import { freePort } from './free-port.ts';
import { createTestDatabase } from './postgres-server.ts';

/** One running instance of a test, with a database of its own on the engine under test. */
export type TestInstance = {
  readonly origin: string;
  readonly instance: Instance;
  readonly rootKeyFile: string;
  /** Where a second node finds the same database; undefined on the embedded engine. */
  readonly databaseUrl: string | undefined;
  /** Everything it has logged. */
  readonly log: readonly string[];
  /** A caller of its API in a browser of its own, or in one that is handed in. */
  visitor(browser?: Browser): { browser: Browser; api: ApiCaller };
  /** Opened again over the same data and the same address, as after a restart; `env`: settings changed meanwhile. */
  reopen(env?: Record<string, string>): Promise<TestInstance>;
  /** Stops it; its data stays. */
  stop(): Promise<void>;
};

export type TestInstanceOptions = {
  /** Two hosts are two sites, as in production: the provider at 127.0.0.1, the consumer at localhost. */
  readonly host?: '127.0.0.1' | 'localhost';
  /** More LIAISE_* settings. */
  readonly env?: Record<string, string>;
  readonly mailUrl?: string;
  /** Share the database, the root key and the settings of another one: a second node. */
  readonly nodeOf?: TestInstance;
  /** Runs no job and no timer by itself: the test drains `instance.jobs`, or calls `instance.work()` later. */
  readonly idle?: boolean;
} & Pick<InstanceOptions, 'clock' | 'random' | 'resolve'>;

type Place = { folder: string; databaseUrl: string | undefined; rootKeyFile: string; remove(): Promise<void> };

const places = new Map<string, Place>();
const running = new Set<TestInstance>();

/** Cheap passwords: these tests are about instances, and sign in often. */
const PASSWORD_COST = { memoryKiB: 1_024, passes: 1 };

export async function openTestInstance(options: TestInstanceOptions = {}): Promise<TestInstance> {
  const { nodeOf } = options;
  const place = nodeOf === undefined ? await newPlace() : places.get(nodeOf.rootKeyFile);
  if (place === undefined) throw new Error('that instance has been removed');
  const port = await freePort();
  return start(place, `http://${options.host ?? '127.0.0.1'}:${port}`, port, options);
}

async function start(place: Place, address: string, port: number, options: TestInstanceOptions): Promise<TestInstance> {
  // A second node serves the same public address through a proxy; here it listens on a port of its own.
  const origin = options.nodeOf?.origin ?? address;
  const lines: string[] = [];
  const config = loadConfig({
    LIAISE_INSTANCE_KIND: 'non-production',
    LIAISE_PUBLIC_URL: origin,
    LIAISE_HOST: '127.0.0.1',
    LIAISE_PORT: String(port),
    LIAISE_ALLOW_PEER_CIDRS: '127.0.0.0/8,::1/128',
    LIAISE_DATA_DIR: join(place.folder, 'data'),
    LIAISE_ROOT_KEY_FILE: place.rootKeyFile,
    LIAISE_LOG_LEVEL: 'debug',
    ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
    ...(options.mailUrl !== undefined && {
      LIAISE_MAIL: 'on',
      LIAISE_MAIL_URL: options.mailUrl,
      LIAISE_MAIL_FROM: 'Service <service@provider.example>',
    }),
    ...options.env,
  });
  const log = createLog(config, { write: (line) => void lines.push(line) });
  const { clock, random, resolve } = options;
  const replaced = { ...(clock && { clock }), ...(random && { random }), ...(resolve && { resolve }) };
  const instance = await openInstance({ config, log, passwordCost: PASSWORD_COST, ...replaced });
  await instance.listen();
  if (options.idle !== true) await instance.work();
  const here = options.nodeOf === undefined ? origin : address;
  const opened: TestInstance = {
    origin: here,
    instance,
    rootKeyFile: place.rootKeyFile,
    databaseUrl: place.databaseUrl,
    log: lines,
    visitor: (browser = createBrowser()) => ({ browser, api: apiCaller(browser, here) }),
    reopen: async (env = {}) => {
      await opened.stop();
      return start(place, address, port, { ...options, env: { ...options.env, ...env } });
    },
    stop: async () => {
      if (!running.delete(opened)) return;
      await instance.close();
    },
  };
  running.add(opened);
  return opened;
}

async function newPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-instance-'));
  const rootKeyFile = join(folder, 'root.key');
  let databaseUrl: string | undefined;
  let drop = async (): Promise<void> => undefined;
  if (testEngine === 'postgres') {
    const database = await createTestDatabase(migrations);
    databaseUrl = database.url;
    drop = database.drop;
  } else {
    await copyEmbeddedTemplate(join(folder, 'data'), migrations);
  }
  const place: Place = {
    folder,
    databaseUrl,
    rootKeyFile,
    remove: async () => {
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  places.set(rootKeyFile, place);
  return place;
}

/** Call it in afterEach: stops what runs and removes its data. */
export async function closeTestInstances(): Promise<void> {
  await Promise.all([...running].map((each) => each.stop()));
  await Promise.all([...places.values()].map((place) => place.remove()));
  places.clear();
}
