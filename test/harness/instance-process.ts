import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** One node of an instance: `src/main.ts` in an operating-system process of its own. */
export type InstanceProcess = {
  readonly pid: number;
  /** Every line it has written, its log among them. */
  readonly lines: readonly string[];
  /** The one-time code of the first administrator, from its output. */
  firstAdministratorCode(): Promise<string>;
  /** SIGKILL: the process ends between two instructions and does nothing more. */
  kill(): Promise<void>;
  /** SIGTERM: it lets what runs end and closes its database. */
  stop(): Promise<void>;
};

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PATIENCE_MS = 60_000;
const CODE = /one-time code (\S+)/;

/** Starts a node and resolves once it serves and works. */
export async function startInstanceProcess(env: Readonly<Record<string, string>>): Promise<InstanceProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    // Nothing of the tester's own settings may reach the instance.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...compileCache(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that fails on the way must not leave it behind.
  const killWithUs = () => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(child, 'exit').then(() => void process.off('exit', killWithUs));
  const { lines, until } = linesOf(child);
  await until((line) => line.includes('Liaise is running'));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    lines,
    firstAdministratorCode: async () => CODE.exec(await until((line) => CODE.test(line)))?.[1] ?? '',
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Compiling the program takes longer than starting it; set-up may have done it once for all. */
const compileCache = (): Record<string, string> =>
  process.env.LIAISE_TEST_COMPILE_CACHE === undefined
    ? {}
    : { NODE_COMPILE_CACHE: process.env.LIAISE_TEST_COMPILE_CACHE };

function linesOf(child: ChildProcess) {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const hear = (line: string) => {
    lines.push(line);
    for (const look of waiting) look();
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
  child.once('exit', () => hear('the process has ended'));
  return {
    lines,
    /** The first line that fits, already there or still to come. */
    until(fits: (line: string) => boolean): Promise<string> {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const fail = (why: string) => reject(new Error(`${why}:\n${lines.slice(-20).join('\n')}`));
      const tooLong = setTimeout(() => fail('an instance did not start in time'), PATIENCE_MS);
      const look = () => {
        const found = lines.find(fits);
        if (found !== undefined) resolve(found);
        else if (child.exitCode !== null || child.signalCode !== null) fail('an instance ended too early');
      };
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(tooLong);
        waiting.delete(look);
      });
    },
  };
}
