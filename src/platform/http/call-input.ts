import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type FieldError, InvalidInput, type Route } from '../../kernel/index.ts';
import { fieldMessage } from './field-message.ts';

type CallInput = { readonly params: unknown; readonly query: unknown; readonly input: unknown };

/** Compiled once per route: what a call's parts must look like. */
export function callReader(route: Route): (request: FastifyRequest) => CallInput {
  const input = strictly(route.input ?? z.object({}).optional());
  return (request) => ({
    params: route.params === undefined ? undefined : read(route.params, request.params),
    query: route.query === undefined ? undefined : read(route.query, request.query),
    input: read(input, route.input === undefined ? (request.body ?? undefined) : (request.body ?? {})),
  });
}

function read(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value, { error: fieldMessage });
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap(fieldErrors);
  const named = [...new Set(fields.map(({ field }) => field))].filter((field) => field !== '').join(', ');
  throw new InvalidInput(
    `${named === '' ? 'The request' : named} is not valid. Nothing was saved. Correct it and send it again.`,
    { fields },
  );
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.join('.');
  const below = (key: string) => [path, key].filter((part) => part !== '').join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: below(key), message: issue.message }));
  if (issue.code === 'invalid_union') {
    const nearest = nearestForm(issue.errors);
    if (nearest !== undefined)
      return nearest.flatMap(fieldErrors).map(({ field, message }) => ({ field: below(field), message }));
  }
  return [{ field: path, message: issue.message }];
}

/** Of the forms that a value can have, the one with the least to correct; undefined when there are several of these. */
function nearestForm(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const fewest = Math.min(...forms.map((issues) => issues.length));
  const [nearest, ...others] = forms.filter((issues) => issues.length === fewest);
  return others.length === 0 ? nearest : undefined;
}

/**
 * A member that no schema names is a misspelt setting, and silence about it a wrong record. Applies to the body's own
 * members and to each form a body can have.
 */
function strictly(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return strictly(schema.unwrap() as z.ZodType).optional();
  if (schema instanceof z.ZodDiscriminatedUnion || schema instanceof z.ZodUnion) {
    return z.union(schema.options.map((option) => strictly(option as z.ZodType)));
  }
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}
