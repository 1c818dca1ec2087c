import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { migrations } from '../../src/migrations.ts';
import { copyEmbeddedTemplate } from './embedded-template.ts';
import { freePort } from './free-port.ts';

/** An instance in a process of its own, over an embedded database, whose heap can be looked at. */
export type SnapshotInstance = {
  readonly origin: string;
  readonly rootKeyFile: string;
  readonly instance: { firstAdministratorCode(): Promise<string> };
  /** Every string that its heap holds on to after a collection, as the snapshot file spells them. */
  heap(): Promise<Buffer>;
  /** Every line it has written. */
  readonly lines: readonly string[];
  remove(): Promise<void>;
};

const PROGRAM = new URL('./children/snapshot-instance.ts', import.meta.url).pathname;
const CODE = /one-time code (\S+)/;
/** Strings are not cut: a secret may stand at the end of a long one. */
const WHOLE_STRINGS = 10_000_000;

export async function startSnapshotInstance(
  host: '127.0.0.1' | 'localhost',
  env: Readonly<Record<string, string>> = {},
): Promise<SnapshotInstance> {
  const folder = mkdtempSync(join(tmpdir(), 'liaise-heap-'));
  const dataDir = join(folder, 'data');
  const rootKeyFile = join(folder, 'root.key');
  await copyEmbeddedTemplate(dataDir, migrations);
  const port = await freePort();
  const origin = `http://${host}:${port}`;
  const options = [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    `--heap-snapshot-string-limit=${WHOLE_STRINGS}`,
    PROGRAM,
  ];
  const child = spawn(process.execPath, options, {
    env: {
      PATH: process.env.PATH,
      LIAISE_INSTANCE_KIND: 'non-production',
      LIAISE_PUBLIC_URL: origin,
      LIAISE_HOST: '127.0.0.1',
      LIAISE_PORT: String(port),
      LIAISE_ALLOW_PEER_CIDRS: '127.0.0.0/8,::1/128',
      LIAISE_DATA_DIR: dataDir,
      LIAISE_ROOT_KEY_FILE: rootKeyFile,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  // A test that fails on the way must not leave it behind.
  const killWithUs = () => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const lines: string[] = [];
  const code = Promise.withResolvers<string>();
  createInterface(child.stdout as NodeJS.ReadableStream).on('line', (line) => {
    lines.push(line);
    const said = CODE.exec(line)?.[1];
    if (said !== undefined) code.resolve(said);
  });
  void exited.then(() => code.reject(new Error(`the instance ended too early:\n${lines.slice(-20).join('\n')}`)));
  await code.promise;
  return {
    origin,
    rootKeyFile,
    lines,
    instance: { firstAdministratorCode: () => code.promise },
    async heap() {
      const file = join(folder, 'heap.heapsnapshot');
      child.send(file);
      await once(child, 'message');
      const heap = readFileSync(file);
      rmSync(file);
      return heap;
    },
    async remove() {
      child.kill('SIGKILL');
      await exited;
      process.off('exit', killWithUs);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
