import { openInstance } from './instance.ts';
import { ConfigError, loadConfig } from './platform/config/index.ts';
import { createLog } from './platform/log/index.ts';

/** `npm start`: one instance, configured by its environment, until it is told to stop. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog(config);
  for (const note of config.notes) log.warn(note);
  const instance = await openInstance({ config, log });
  await instance.listen();
  await instance.work();
  log.info(
    { address: config.publicUrl?.origin ?? `http://127.0.0.1:${config.port}`, kind: config.kind },
    'Liaise is running',
  );
  const reason = instance.keys.sealedReason();
  if (reason !== null)
    log.error({ reason }, 'the instance is sealed: people can sign in and read why, nothing else works');
  const code = await instance.firstAdministratorCode();
  // NOTE for whoever reads the log on this machine, once: it works until somebody has used it, or until the next start.
  if (code !== null)
    process.stdout.write(`\nFirst administrator: open the console and use the one-time code ${code}\n\n`);

  void instance.open.failed?.then((error) => {
    log.fatal({ err: error }, 'the process ends; what was acknowledged is on disk and is there after the next start');
    process.exit(1);
  });

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    instance.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the instance did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
