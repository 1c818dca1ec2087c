import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Child = {
  /** Every line it has said so far. */
  readonly lines: readonly string[];
  /** Resolves when the lines say enough; rejects when the process ends before. */
  until(enough: (lines: readonly string[]) => boolean): Promise<void>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
};

/** Runs a program of test/harness/children in a process of its own. */
export function startChild(name: string, ...args: string[]): Child {
  const file = new URL(`./children/${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  // A test that fails on the way must not leave it behind.
  const killWithUs = () => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const tell = () => {
    for (const look of waiting) look();
  };
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    tell();
  });
  void exited.then(tell);
  return {
    lines,
    until(enough) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const look = () => {
        if (enough(lines)) resolve();
        else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`${name} ended too early`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
      return promise;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
