/** One refused input, named as the form names it. */
export type FieldError = { readonly field: string; readonly message: string };

/**
 * A failure that ends the request, rendered once, in platform/http, as application/problem+json (RFC 9457).
 * `detail` says what happened, what was not done and what to do next; it never holds a secret or a peer's words.
 */
export abstract class Problem extends Error {
  /** Stable: `<room>/<what-happened>`. The last part of the problem's `type` address; listed in docs/problems.md. */
  abstract readonly slug: string;
  abstract readonly title: string;
  abstract readonly status: number;
  readonly fields: readonly FieldError[];
  /** Extra members of the response body. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    detail: string,
    options: { fields?: readonly FieldError[]; extra?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.fields = options.fields ?? [];
    this.extra = options.extra ?? {};
  }
}

export class InvalidInput extends Problem {
  override readonly name = 'InvalidInput';
  readonly slug = 'kernel/invalid-input';
  readonly title = 'The request is not valid';
  readonly status = 422;

  /** Refuses one field; nothing was stored. */
  static field(field: string, message: string): InvalidInput {
    return new InvalidInput(`${message} Nothing was saved.`, { fields: [{ field, message }] });
  }
}

export class Unauthenticated extends Problem {
  override readonly name = 'Unauthenticated';
  readonly slug = 'kernel/unauthenticated';
  readonly title = 'Sign in first';
  readonly status = 401;
}

export class Forbidden extends Problem {
  override readonly name = 'Forbidden';
  readonly slug = 'kernel/forbidden';
  readonly title = 'Your roles do not allow this';
  readonly status = 403;
}

export class NotFound extends Problem {
  override readonly name = 'NotFound';
  readonly slug = 'kernel/not-found';
  readonly title = 'No such record';
  readonly status = 404;
}

export class Conflict extends Problem {
  override readonly name = 'Conflict';
  readonly slug = 'kernel/conflict';
  readonly title = 'The record has moved on';
  readonly status = 409;
}

export class TooManyRequests extends Problem {
  override readonly name = 'TooManyRequests';
  readonly slug = 'kernel/too-many-requests';
  readonly title = 'Too many requests';
  readonly status = 429;
}
