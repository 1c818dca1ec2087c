import { lookup } from 'node:dns/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Instance, openInstance } from '../instance.ts';
import { loadConfig } from '../platform/config/index.ts';
import { createLog } from '../platform/log/index.ts';

export type DemoInstance = { readonly origin: string; readonly instance: Instance };

/** One instance of the demonstration, with data of its own in `folder`. */
export async function startDemoInstance(options: {
  folder: string;
  name: string;
  host: '127.0.0.1' | 'localhost';
  port: number;
  mailUrl?: string;
  /** More settings, such as DATABASE_URL. */
  env?: Record<string, string>;
}): Promise<DemoInstance> {
  const port = await freePortFrom(options.host, options.port);
  const origin = `http://${options.host}:${port}`;
  const config = loadConfig({
    LIAISE_INSTANCE_KIND: 'non-production',
    LIAISE_PUBLIC_URL: origin,
    // The HTTP server binds a name to every address it resolves to.
    LIAISE_HOST: options.host,
    LIAISE_PORT: String(port),
    LIAISE_ALLOW_PEER_CIDRS: '127.0.0.0/8,::1/128',
    LIAISE_DATA_DIR: join(options.folder, options.name),
    LIAISE_ROOT_KEY_FILE: join(options.folder, `${options.name}.root.key`),
    LIAISE_LOG_LEVEL: 'error',
    ...(options.mailUrl === undefined
      ? {}
      : {
          LIAISE_MAIL: 'on',
          LIAISE_MAIL_URL: options.mailUrl,
          LIAISE_MAIL_FROM: 'Provider <service@provider.example>',
        }),
    ...options.env,
  });
  const instance = await openInstance({ config, log: createLog(config) });
  await instance.listen();
  await instance.work();
  return { origin, instance };
}

/** The first port at or after `first` that is free on every address of the host. */
async function freePortFrom(host: string, first: number): Promise<number> {
  const addresses = await lookup(host, { all: true });
  for (let port = first; port < first + 100; port += 1) {
    const free = await Promise.all(addresses.map(({ address }) => isFree(address, port)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`no free port from ${first} on`);
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host, port }, () => probe.close(() => resolve(true)));
  });
