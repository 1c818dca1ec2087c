/**
 * `node scripts/with-node.mjs [--no-console] <script.ts> [arguments]`: sets up whatever is missing, then runs the script on
 * the right Node with the same input, output, signals and exit code. Works on Node 20, has no dependencies.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, resolve } from 'node:path';
import { ensureConsole, ensureDependencies, ensureNode } from './setup.mjs';

const root = resolve(import.meta.dirname, '..');
const args = process.argv.slice(2);
const wantsConsole = args[0] !== '--no-console';
if (!wantsConsole) args.shift();

/** @returns {string} */
function setUp() {
  try {
    const node = ensureNode(root);
    ensureDependencies(root, node);
    if (wantsConsole) ensureConsole(root, node);
    return node;
  } catch (error) {
    process.stderr.write(`setup: ${error instanceof Error ? error.message : error}\nsetup: nothing was started.\n`);
    return process.exit(1);
  }
}

const node = setUp();
// The libraries for post-quantum keys announce on every start that Node's part of them is young; nobody can act on it here.
const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
});

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to the child as well: a second one would read as "stop at once".
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  process.stderr.write(`setup: ${node} did not start: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
