import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { NotFound, Problem, TooManyRequests } from '../../kernel/index.ts';
import { databaseTrouble } from '../db/index.ts';
import {
  BodyTooLarge,
  DatabaseUnavailable,
  InternalError,
  MalformedRequest,
  StorageFull,
  UnsupportedMediaType,
} from './problems.ts';

/** A name, not an address: it stays the same wherever an instance and its documentation are. */
const PROBLEM_TYPE = 'urn:liaise:problem:';

/** The one place where a failure becomes an answer (RFC 9457). Only Problems speak; everything else is a 500 with an id. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request);
  if (problem !== error && problem.status >= 500) request.log.error({ err: error }, 'request failed');
  const retryAfter = problem.extra.retryAfterSeconds;
  if (typeof retryAfter === 'number') reply.header('retry-after', String(Math.ceil(retryAfter)));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)));
}

export const problemBody = (problem: Problem, requestId: string): Record<string, unknown> => ({
  ...problem.extra,
  type: PROBLEM_TYPE + problem.slug,
  title: problem.title,
  status: problem.status,
  detail: problem.message,
  ...(problem.fields.length > 0 && { errors: problem.fields }),
  requestId,
});

function toProblem(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  switch (databaseTrouble(error)) {
    case 'full':
      return new StorageFull(
        'The disk of the database is full. Nothing was stored. Ask the operator to make room, then try again.',
      );
    case 'away':
      return new DatabaseUnavailable(
        'The database does not answer, so it is not known whether the last step was stored. Wait a moment, read the ' +
          'record again, and repeat what is missing.',
        { extra: { retryAfterSeconds: 5 } },
      );
  }
  const status = error instanceof Error ? (error as FastifyError).statusCode : undefined;
  switch (status) {
    case 400:
      return new MalformedRequest(
        'The request is not well-formed: its address or its JSON cannot be read. Nothing was done. Correct it.',
      );
    case 404:
      return new NotFound('There is nothing at this address. Check it against /api/openapi.json.');
    case 413:
      return new BodyTooLarge('The body is larger than this address takes. Nothing was read of it. Send less.');
    case 415:
      return new UnsupportedMediaType('Nothing was done. Send the body as application/json.');
    case 429:
      return new TooManyRequests('Too many requests in a short time. Nothing was done. Wait a minute and try again.');
    default:
      return new InternalError(
        'Something failed inside this instance; what the request asked for was not confirmed. Read the record again before ' +
          `repeating it. An operator finds the cause in the log under request ${request.id}.`,
      );
  }
}
