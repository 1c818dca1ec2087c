import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/kernel/index.ts';
import { openDatabase } from '../../../src/platform/db/index.ts';
import { handler, openJobs } from '../../../src/platform/jobs/index.ts';
import { endless, numbered, quiet } from '../numbered-jobs.ts';

// A node of its own over the database it is given (a URL or a folder): says `ready`, then `<n>` for each job it runs.

const [location = ''] = process.argv.slice(2);
const open = await openDatabase(location.includes('://') ? { url: location } : { dataDir: location });
const jobs = await openJobs({ open, clock: systemClock, log: quiet });
const say = (line: string) => void process.stdout.write(`${line}\n`);
await jobs.work([
  handler(numbered, async ({ n }) => {
    await sleep(5); // As long as a quick peer takes, so that one node alone does not empty the queue in one go.
    say(String(n));
  }),
  handler(endless, async () => {
    say('begun');
    await new Promise(() => undefined);
  }),
]);
await jobs.start();
say('ready');
