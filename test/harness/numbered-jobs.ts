import { z } from 'zod';
import { defineJob } from '../../src/platform/jobs/index.ts';

/** What the job-node child runs. */
export const numbered = defineJob({ name: 'test.numbered', payload: z.object({ n: z.number().int() }) });
export const endless = defineJob({ name: 'test.endless', payload: z.object({}), retrySeconds: 1 });

const ignore = () => undefined;
export const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
