import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  consoleSources,
  ensureConsole,
  ensureDependencies,
  ensureNode,
  holdsLocked,
  isAtLeast,
  NODE_VERSION,
} from './setup.mjs';

const root = resolve(import.meta.dirname, '..');
const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'liaise-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (file: string, text: string) => {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
};

test.each([
  ['24.21.0', '24.21.0', true],
  ['v24.21.1', '24.21.0', true],
  ['24.9.9', '24.21.0', false],
  ['20.20.2', '24.21.0', false],
  ['26.0.0', '24.21.0', true],
])('Node %s where %s is wanted: %s', (running, wanted, expected) => {
  expect(isAtLeast(running, wanted)).toBe(expected);
});

test('a machine whose Node is new enough keeps it, and nothing is fetched', () => {
  expect(isAtLeast(process.versions.node, NODE_VERSION)).toBe(true);
  expect(ensureNode(folder)).toBe(process.execPath);
});

describe('dependencies', () => {
  const lock = (version: string) =>
    JSON.stringify({
      packages: {
        '': { name: 'root' },
        'node_modules/a': { version, integrity: `sha512-${version}` },
        'node_modules/other-system': { version: '1.0.0', optional: true },
        'node_modules/own': { link: true },
      },
    });

  test('are in place where npm recorded what the lockfile says, whatever is for other systems', () => {
    expect(holdsLocked(lock('1.0.0'), lock('1.0.0'))).toBe(true);
    expect(holdsLocked(lock('1.0.1'), lock('1.0.0'))).toBe(false);
    expect(holdsLocked(lock('1.0.0'), JSON.stringify({ packages: {} }))).toBe(false);
    expect(holdsLocked(lock('1.0.0'), '')).toBe(false);
  });

  test('installed by hand are taken as they are, and stamped', () => {
    put('package-lock.json', lock('1.0.0'));
    put('node_modules/.package-lock.json', lock('1.0.0'));
    ensureDependencies(folder, process.execPath);
    const stamp = readFileSync(join(folder, 'node_modules/.liaise-stamp'), 'utf8');
    expect(stamp).toMatch(/^[0-9a-f]{64}$/);
    put('node_modules/.package-lock.json', 'not read again');
    ensureDependencies(folder, process.execPath);
    expect(readFileSync(join(folder, 'node_modules/.liaise-stamp'), 'utf8')).toBe(stamp);
  });

  test('the lockfile names every package for other systems, or npm ci would refuse it', () => {
    const { packages } = JSON.parse(lockText) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('name no registry host in the lockfile', () => {
    expect(lockText).not.toMatch(/"resolved": "http/);
  });
});

describe('the console', () => {
  beforeEach(() => {
    put('package.json', '{"name":"x","private":true,"workspaces":["console"]}');
    put('package-lock.json', '{}');
    put('console/package.json', '{"name":"console","scripts":{"build":"node build.mjs"}}');
    put(
      'console/build.mjs',
      "import { appendFileSync, mkdirSync } from 'node:fs';\nmkdirSync('dist', { recursive: true });\nappendFileSync('dist/built', 'x');\n",
    );
    put('console/src/main.ts', "import { a } from '../../src/room/contract.ts';\nconsole.log(a);\n");
    put('src/room/contract.ts', "export { a } from './noun.ts';\n");
    put('src/room/noun.ts', 'export const a = 1;\n');
    put('src/room/server.ts', 'export const b = 1;\n');
  });
  const built = () => readFileSync(join(folder, 'console/dist/built'), 'utf8').length;

  test('is made of its own files and of what they import of the server, directly or not', () => {
    expect(consoleSources(folder).map((file) => relative(folder, file))).toEqual([
      'console/build.mjs',
      'console/package.json',
      'console/src/main.ts',
      'src/room/contract.ts',
      'src/room/noun.ts',
    ]);
  });

  test('is built once, again when something it is made of changes, not when the server does', () => {
    ensureConsole(folder, process.execPath);
    ensureConsole(folder, process.execPath);
    expect(built()).toBe(1);
    put('src/room/server.ts', 'export const b = 2;\n');
    ensureConsole(folder, process.execPath);
    expect(built()).toBe(1);
    put('src/room/noun.ts', 'export const a = 2;\n');
    ensureConsole(folder, process.execPath);
    expect(built()).toBe(2);
  });

  test('that cannot be built stops the command and says why', () => {
    put('console/build.mjs', 'process.exit(3);\n');
    expect(() => ensureConsole(folder, process.execPath)).toThrow('npm run build');
  });
});

describe('with-node', () => {
  beforeEach(() => {
    for (const script of ['with-node.mjs', 'setup.mjs'])
      cpSync(join(root, 'scripts', script), join(folder, 'scripts', script));
    put('package-lock.json', '{"packages":{}}');
    put('node_modules/.package-lock.json', '{"packages":{}}');
    put(
      'script.ts',
      'const code: number = Number(process.argv[2]);\nconsole.log(process.argv.slice(2).join(" "));\nprocess.exit(code);\n',
    );
  });
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'scripts/with-node.mjs'), ...args], { cwd: folder, encoding: 'utf8' });

  test('passes arguments, output and exit code through', () => {
    const done = run('--no-console', 'script.ts', '3', '--exit');
    expect([done.status, done.stdout, done.stderr]).toEqual([3, '3 --exit\n', '']);
  });

  test('forwards a signal and ends as the script ended', () => {
    put(
      'waits.ts',
      "process.on('SIGTERM', () => process.exit(7));\nprocess.kill(process.ppid, 'SIGTERM');\nsetInterval(() => {}, 1000);\n",
    );
    expect(run('--no-console', 'waits.ts').status).toBe(7);
  });

  test('answers 128 plus its number where a signal ended the script', () => {
    put('killed.ts', "process.kill(process.pid, 'SIGKILL');\n");
    expect(run('--no-console', 'killed.ts').status).toBe(137);
  });

  test('starts nothing when the set-up fails', () => {
    put('package-lock.json', 'not json');
    const done = run('--no-console', 'script.ts', '0');
    expect([done.status, done.stdout]).toEqual([1, '']);
    expect(done.stderr).toContain('nothing was started');
  });
});
