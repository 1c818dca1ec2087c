import { globSync } from 'node:fs';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

/** The rooms, each with the rooms below it whose doors it may use. docs/adr/0002-rooms-and-directions.md says why. */
const below: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  platform: ['kernel'],
  protocol: ['kernel'],
  audit: ['kernel', 'platform', 'protocol'],
  directory: ['kernel', 'platform', 'protocol', 'audit'],
  keys: ['kernel', 'platform', 'protocol', 'audit'],
  scan: ['kernel', 'platform', 'protocol', 'audit', 'directory', 'keys'],
  access: ['kernel', 'platform', 'protocol', 'audit', 'directory', 'keys'],
  link: ['kernel', 'platform', 'protocol', 'audit', 'directory', 'keys', 'scan', 'access'],
  provider: ['kernel', 'platform', 'protocol', 'audit', 'directory', 'keys', 'scan', 'access', 'link'],
  consumer: ['kernel', 'platform', 'protocol', 'audit', 'directory', 'keys', 'scan', 'access', 'link'],
};

/** platform is a house of small rooms; beside their doors stand the files that hold nothing but shared vocabulary. */
const PLATFORM_DOORS =
  '^src/platform/([^/]+/(index|contract)|changes|db/(database|migration|transact)|http/endpoint|jobs/job)\\.ts$';
/** Tests, and what several tests of a room share. */
const TEST = '(\\.test|-fixture)\\.tsx?$';
const ENTRY = '^src/(main|demo|cli/[^/]+)\\.ts$';
const MAIN = '^src/(main|demo|demo/.+|instance|suites|migrations|cli/.+)\\.ts$';
const WIRES = '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads)(/promises)?$';
const PURE_PLATFORM = '^src/platform/mail/(contract|mail-state)\\.ts$';

const rule = (
  name: string,
  comment: string,
  from: Record<string, unknown>,
  to: Record<string, unknown>,
): IForbiddenRuleType => ({ name, comment, severity: 'error', from, to }) as IForbiddenRuleType;

const directions = Object.entries(below).map(([room, allowed]) =>
  rule(
    `direction-${room}`,
    `${room} stands on ${allowed.join(', ') || 'nothing'} only`,
    { path: `^src/${room}/`, pathNot: TEST },
    { path: '^src/', pathNot: [`^src/${room}/`, ...allowed.map((name) => `^src/${name}/`)] },
  ),
);

const doors = Object.keys(below)
  .filter((room) => room !== 'platform' && room !== 'kernel')
  .map((room) =>
    rule(
      `door-of-${room}`,
      `enter ${room} by its index.ts`,
      { path: '^src/', pathNot: [`^src/${room}/`, TEST] },
      { path: `^src/${room}/`, pathNot: [`^src/${room}/index\\.ts$`, '/contract\\.ts$'] },
    ),
  );

export const rules: readonly IForbiddenRuleType[] = [
  ...directions,
  ...doors,
  rule('no-circular', 'a circle has no bottom', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
  rule('no-unresolvable', 'every import leads somewhere', {}, { couldNotResolve: true }),
  rule(
    'provider-and-consumer-apart',
    'they meet only on the wire, tests included',
    { path: '^src/(provider|consumer)/' },
    { path: '^src/(provider|consumer)/', pathNot: '^src/$1/' },
  ),
  rule(
    'door-of-platform',
    'enter a part of platform by its index.ts',
    { path: '^src/', pathNot: ['^src/platform/', TEST] },
    { path: '^src/platform/', pathNot: PLATFORM_DOORS },
  ),
  rule(
    'contract-is-pure',
    'the console is built from it, too',
    { path: '/contract\\.ts$' },
    { path: ['^src/platform/', '^node:', WIRES], pathNot: PURE_PLATFORM, reachable: true },
  ),
  rule(
    'wires-in-platform-only',
    'files, sockets and processes are opened by platform alone',
    { path: '^src/', pathNot: ['^src/platform/', TEST, MAIN] },
    { path: WIRES },
  ),
  rule(
    'console-sees-contracts-only',
    'of the server the console knows kernel and contracts',
    { path: '^console/', pathNot: TEST },
    { path: '^src/', pathNot: ['^src/kernel/', '/contract\\.ts$'] },
  ),
  rule('server-knows-no-console', 'the console is served as files', { path: '^src/' }, { path: '^console/' }),
  rule('nobody-imports-an-entry', 'an entry starts the program', {}, { path: ENTRY }),
  rule(
    'program-without-tests',
    'what runs does not depend on what tests it',
    { path: '^(src|console)/', pathNot: [TEST, '^src/demo\\.ts$', '^src/demo/'] },
    { path: ['^(test|scripts|bench|conformance)/', TEST] },
  ),
  rule(
    'program-without-dev-dependencies',
    'the server runs where only dependencies are installed',
    { path: '^src/', pathNot: [TEST, '^src/demo\\.ts$', '^src/demo/'] },
    { dependencyTypes: ['npm-dev'], pathNot: '/@types/' },
  ),
];

export type BoundaryReport = {
  /** `rule: from -> to`, sorted. */
  readonly violations: readonly string[];
  /** How many of our own modules were read. A reader that understands no TypeScript finds 0 and no violation. */
  readonly modulesRead: number;
  readonly modulesPresent: number;
};

/** Reads every import of src/ and console/src below `root` and holds it against the rules. */
export async function checkBoundaries(root: string): Promise<BoundaryReport> {
  const folders = ['src', 'console/src'].filter(
    (folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }).length > 0,
  );
  const options: ICruiseOptions = {
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: [...rules] },
    // Types count: a type from a room above is a thread to it as well.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  };
  const { output } = await cruise(folders, options, {
    extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    exportsFields: ['exports'],
    conditionNames: ['node', 'import', 'types', 'default'],
  });
  const { modules, summary } = output as ICruiseResult;
  const ours = /^(src|console\/src)\/.*\.tsx?$/;
  return {
    violations: summary.violations.map(({ rule: { name }, from, to }) => `${name}: ${from} -> ${to}`).toSorted(),
    modulesRead: modules.filter(({ source }) => ours.test(source)).length,
    modulesPresent: globSync('{src,console/src}/**/*.{ts,tsx}', { cwd: root }).length,
  };
}
