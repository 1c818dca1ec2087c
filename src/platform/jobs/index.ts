import type { Migration } from '../db/index.ts';
import { schedule } from './migrations/0001-schedule.ts';

export {
  defineJob,
  handler,
  type Job,
  type JobContext,
  type JobHandler,
  type Jobs,
  type SendOptions,
} from './job.ts';
export { type JobLog, type JobRunner, openJobs } from './job-runner.ts';

export { repeat } from './repeat.ts';

export const platformMigrations: Migration[] = [schedule];
