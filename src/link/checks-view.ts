import { z } from 'zod';

/** How the validation of a record stands, check by check, as both consoles show it. */
export const validationView = z.object({
  runId: z.string(),
  status: z.enum(['queued', 'running', 'complete', 'failed']),
  checks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      outcome: z.enum(['waiting', 'passed', 'failed']),
      findings: z.array(z.object({ message: z.string(), remedy: z.string(), who: z.string() })),
    }),
  ),
  /** Open issues that keep the record from going on. */
  openIssues: z.number().int().nonnegative(),
});
export type ValidationView = z.output<typeof validationView>;
