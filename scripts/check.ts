/** `npm run check`: format, lint, types, walls between rooms, unused code, licences. Each check prints one line; any failure fails it. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { checkBoundaries } from './boundaries.ts';
import { checkLicences } from './licences.ts';
import { checkSources } from './source-rules.ts';

const root = resolve(import.meta.dirname, '..');

/** Everything found wrong, as text; empty when all is well. */
type Check = { readonly name: string; readonly run: () => Promise<string> };

const tool = (name: string, script: string, ...args: string[]): Check => ({
  name,
  run: () =>
    new Promise((done) => {
      const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
      let said = '';
      child.stdout.on('data', (text) => {
        said += text;
      });
      child.stderr.on('data', (text) => {
        said += text;
      });
      child.on('close', (code) => done(code === 0 ? '' : said || `ended with ${code}`));
    }),
});

async function walls(): Promise<string> {
  const { violations, modulesRead, modulesPresent } = await checkBoundaries(root);
  const unread = modulesRead < modulesPresent ? [`only ${modulesRead} of ${modulesPresent} modules were read`] : [];
  return [...violations, ...unread, ...checkSources(root)].join('\n');
}

const checks: readonly Check[] = [
  tool('format and lint', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  tool('types', 'typescript-7/bin/tsc', '-p', '.'),
  tool('types of the console', 'typescript-7/bin/tsc', '-p', 'console'),
  { name: 'walls between rooms', run: walls },
  tool('unused code', 'knip/bin/knip.js', '--no-progress'),
  { name: 'licences of dependencies', run: async () => checkLicences(root).join('\n') },
];

const results = await Promise.all(
  checks.map(async ({ name, run }) => {
    const wrong = await run();
    console.log(`${wrong === '' ? 'ok    ' : 'FAILED'} ${name}`);
    return { name, wrong };
  }),
);
for (const { name, wrong } of results) if (wrong !== '') console.log(`\n== ${name}\n${wrong.trim()}`);
process.exitCode = results.every(({ wrong }) => wrong === '') ? 0 : 1;
