import { systemClock } from '../../src/kernel/index.ts';
import { type Migration, migrate, type OpenDatabase } from '../../src/platform/db/index.ts';
import { openJobs } from '../../src/platform/jobs/index.ts';

/** Runs the migrations, and lets the job queue make its own schema where the platform's are among them. */
export async function prepareDatabase(open: OpenDatabase, migrations: readonly Migration[]): Promise<void> {
  if (migrations.length > 0) await migrate(open, migrations, systemClock);
  if (migrations.some(({ room }) => room === 'platform'))
    await (await openJobs({ open, clock: systemClock, log: silent })).stop();
}

const ignore = () => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
