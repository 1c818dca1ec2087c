import { loadConfig } from '../platform/config/index.ts';
import { importFromFiles } from './keys/import-from-files.ts';
import { openTerminal } from './terminal/terminal.ts';

/**
 * `npm run keys:import -- --backup <file> --recipient <file> --instance <id>`: brings the keys of a backup into the database
 * of these settings, of which no instance may be running. Ends with 0, or with 1 when nothing was imported.
 */
async function keysImport(): Promise<void> {
  const terminal = openTerminal(process.stdin, process.stderr);
  try {
    terminal.say(await importFromFiles(process.argv.slice(2), loadConfig(), terminal));
  } finally {
    terminal.close();
  }
}

keysImport().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
