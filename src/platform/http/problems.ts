import { Problem } from '../../kernel/index.ts';

export class InternalError extends Problem {
  override readonly name = 'InternalError';
  readonly slug = 'platform/internal-error';
  readonly title = 'The instance failed to answer';
  readonly status = 500;
}

export class DatabaseUnavailable extends Problem {
  override readonly name = 'DatabaseUnavailable';
  readonly slug = 'platform/database-unavailable';
  readonly title = 'The database does not answer';
  readonly status = 503;
}

export class StorageFull extends Problem {
  override readonly name = 'StorageFull';
  readonly slug = 'platform/storage-full';
  readonly title = 'The disk of the database is full';
  readonly status = 507;
}

export class Sealed extends Problem {
  override readonly name = 'Sealed';
  readonly slug = 'platform/sealed';
  readonly title = 'The instance is sealed';
  readonly status = 503;
}

export class MalformedRequest extends Problem {
  override readonly name = 'MalformedRequest';
  readonly slug = 'platform/malformed-request';
  readonly title = 'The request cannot be read';
  readonly status = 400;
}

export class BodyTooLarge extends Problem {
  override readonly name = 'BodyTooLarge';
  readonly slug = 'platform/body-too-large';
  readonly title = 'The request is too large';
  readonly status = 413;
}

export class UnsupportedMediaType extends Problem {
  override readonly name = 'UnsupportedMediaType';
  readonly slug = 'platform/unsupported-media-type';
  readonly title = 'Only JSON is understood';
  readonly status = 415;
}

export class ForeignOrigin extends Problem {
  override readonly name = 'ForeignOrigin';
  readonly slug = 'platform/foreign-origin';
  readonly title = 'The request comes from another site';
  readonly status = 403;
}

export class CsrfTokenWrong extends Problem {
  override readonly name = 'CsrfTokenWrong';
  readonly slug = 'platform/csrf-token-wrong';
  readonly title = 'The request does not carry the token of this session';
  readonly status = 403;
}
