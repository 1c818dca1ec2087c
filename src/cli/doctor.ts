import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../platform/config/index.ts';
import { examine } from './doctor/examine.ts';
import { report } from './doctor/report.ts';

const VERDICTS = ['All is well.', 'Something needs attention.', 'A required component does not work.'] as const;

/**
 * `npm run doctor [-- --json]`: the diagnostics without a server, also of an instance that is sealed, broken or stopped. Ends
 * with 0, 1 or 2 for what it says in its last line.
 */
async function doctor(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
  const { groups, exitCode } = await examine(loadConfig());
  const text = values.json ? JSON.stringify({ exitCode, groups }) : `${report(groups)}\n\n${VERDICTS[exitCode]}`;
  process.stdout.write(`${text}\n`);
  return exitCode;
}

doctor().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const said = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${said}\n`);
    process.exit(2);
  },
);
