import { loadConfig } from '../platform/config/index.ts';
import { openTerminal } from './terminal/terminal.ts';
import { askToUnseal } from './unseal/ask-to-unseal.ts';
import { readCommandLine } from './unseal/command-line.ts';

/**
 * `npm run unseal`: gives a running instance the passphrase of its root key, over its API. Ends with 0 when the instance is
 * open, 1 when it refused, and 2 when it could not be asked.
 */
async function unseal(): Promise<number> {
  const terminal = openTerminal(process.stdin, process.stderr);
  try {
    return await askToUnseal(readCommandLine(process.argv.slice(2), loadConfig), terminal);
  } finally {
    terminal.close();
  }
}

unseal().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
