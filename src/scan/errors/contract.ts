import { z } from 'zod';
import { anyOf, pageOf, pageQuery, route, sortBy } from '../../kernel/index.ts';
import { priorities } from '../check.ts';
import { issueId } from '../issue.ts';
import { sides } from '../subject.ts';
import { errorCategories } from './known-errors.ts';

/** ERR-01. */
const reads = anyOf('admin');

const loggedError = z.object({
  number: z.string(),
  code: z.string(),
  /** Name of the known error. */
  knownError: z.string(),
  text: z.string(),
  /** `Unknown` for what the catalogue does not have. */
  cause: z.string(),
  solution: z.string(),
  /** Null: this instance in neither role. */
  side: z.enum(sides).nullable(),
  source: z.object({ kind: z.string(), id: z.string(), label: z.string() }),
  connection: z.object({ id: z.string(), label: z.string() }).nullable(),
  /** The same error within an hour is one row. */
  times: z.number().int(),
  createdAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  /** The issue it became; null for the first seconds. */
  issue: issueId.schema.nullable(),
});
export type ErrorView = z.output<typeof loggedError>;

export const listErrors = route({
  method: 'GET',
  path: '/api/errors',
  permission: reads,
  summary: 'List the Error Log, the newest first.',
  query: z.object({
    ...pageQuery.shape,
    sort: sortBy(['number', 'code'], '-number'),
    /** Errors of one role, and those of neither. */
    side: z.enum(sides).optional(),
    code: z.string().max(100).optional(),
  }),
  output: pageOf(loggedError),
});

export const listKnownErrors = route({
  method: 'GET',
  path: '/api/known-errors',
  permission: reads,
  summary: 'List the known errors with their causes and solutions.',
  output: z.object({
    items: z.array(
      z.object({
        code: z.string(),
        name: z.string(),
        category: z.enum(errorCategories),
        priority: z.enum(priorities),
        cause: z.string(),
        solution: z.string(),
        who: z.string(),
      }),
    ),
  }),
});
export type KnownErrorView = z.output<(typeof listKnownErrors)['output']>['items'][number];
