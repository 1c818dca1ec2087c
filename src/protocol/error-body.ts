import { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { parseJson } from './json.ts';
import { instantText } from './wire-schemas.ts';

/**
 * Every refusal on the wire, with its HTTP status and whether the same request may succeed later. `sx_refused` is one answer
 * for unknown registration, bad MAC, expiry and wrong audience, so that a stranger learns nothing from it.
 */
export const sxErrors = {
  sx_malformed: { status: 400, retry: false },
  sx_unauthorised: { status: 401, retry: false },
  sx_refused: { status: 403, retry: false },
  sx_identity: { status: 403, retry: false },
  sx_not_found: { status: 404, retry: false },
  sx_step_conflict: { status: 409, retry: false },
  sx_superseded: { status: 409, retry: false },
  sx_pending: { status: 409, retry: true },
  sx_gap: { status: 409, retry: true },
  sx_behind: { status: 409, retry: false },
  sx_fork: { status: 409, retry: false },
  sx_gone: { status: 410, retry: false },
  sx_too_large: { status: 413, retry: false },
  sx_version: { status: 422, retry: false },
  sx_type: { status: 422, retry: false },
  sx_scope: { status: 422, retry: false },
  sx_busy: { status: 429, retry: true },
  sx_unavailable: { status: 503, retry: true },
} as const satisfies Record<`sx_${string}`, { status: number; retry: boolean }>;

export type SxErrorCode = keyof typeof sxErrors;

/** `after`: seconds to wait before a retry. Extra members (`expected`, `heads`) are preserved. */
export const sxErrorBody = z.looseObject({
  error: z.string().regex(/^sx_[a-z_]{1,40}$/),
  retry: z.boolean(),
  after: z.number().min(0).max(86_400).optional(),
  now: instantText,
});
export type SxErrorBody = z.output<typeof sxErrorBody>;

export const sxError = (
  code: SxErrorCode,
  now: Date,
  more: { after?: number; extra?: Readonly<Record<string, unknown>> } = {},
): SxErrorBody => ({
  ...more.extra,
  error: code,
  retry: sxErrors[code].retry,
  ...(more.after === undefined ? {} : { after: more.after }),
  now: now.toISOString(),
});

const ERROR_BODY_BYTES = 8 * 1024;

/** Reads a peer's refusal. Its code may be one this version does not know. */
export function parseSxError(body: Uint8Array): Result<SxErrorBody, 'malformed'> {
  if (body.length > ERROR_BODY_BYTES) return err('malformed');
  const json = parseJson(body);
  const parsed = sxErrorBody.safeParse(json.ok ? json.value : undefined);
  return parsed.success ? ok(parsed.data) : err('malformed');
}
