import type { FieldError } from '../../../src/kernel/problem.ts';

/** A refusal by the instance, as RFC 9457 problem+json tells it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** Last part of `type`: `<room>/<what-happened>`. */
  readonly slug: string;
  readonly title: string;
  readonly fields: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Record<string, unknown>) {
    super(typeof body.detail === 'string' ? body.detail : 'The instance gave no reason.');
    this.status = status;
    this.title = typeof body.title === 'string' ? body.title : `The instance answered ${status}`;
    this.slug = typeof body.type === 'string' ? body.type.replace(/^.*:/, '') : '';
    this.fields = Array.isArray(body.errors) ? body.errors.filter(isFieldError) : [];
    this.extra = body;
  }
}

/** No answer at all: the instance is down, restarting, or the network is away. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const isFieldError = (value: unknown): value is FieldError =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as FieldError).field === 'string' &&
  typeof (value as FieldError).message === 'string';
