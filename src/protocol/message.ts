import { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { parseJson } from './json.ts';
import { limits } from './limits.ts';
import { hashText, instantText, limitsTable, versionList } from './wire-schemas.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** One line of a batch. `n` is its number in the lane; same key `k`, same order. */
export const messageSchema = z.looseObject({
  id: z.string().regex(UUID_V7),
  /** `noun.verb`, with `@version` for business types. */
  ty: z.string().regex(/^[a-z][a-z-]*(\.[a-z][a-z-]*)+(@\d{1,4})?$/),
  k: z.string().max(200).optional(),
  n: z.int().min(1),
  rv: z.int().min(0).optional(),
  ts: instantText,
  b: z.looseObject({}),
  at: z.array(z.looseObject({})).max(100).optional(),
  x: z.string().max(64).optional(),
});
export type Message = z.output<typeof messageSchema>;

/** Why one message is refused while the rest of its batch stands. */
export type MessageError = { readonly code: 'sx_malformed' | 'sx_too_large' | 'sx_type' };

/** The bodies of lane 0 that a pending connection may carry. */
export const controlBodies = {
  /** A fresh nonce each; `echo` repeats the other side's as soon as it is known. */
  'connect.test': z.looseObject({ nonce: hashText, echo: hashText.optional() }),
  'connect.settings': z.looseObject({
    versions: versionList,
    limits: limitsTable,
    settings: z.record(z.string().max(64), z.json()),
  }),
} as const satisfies Record<string, z.ZodType>;

export type ControlType = keyof typeof controlBodies;
export type ControlBody<Type extends ControlType> = z.output<(typeof controlBodies)[Type]>;

/** Reads one line; `n` is the number its place in the batch gives it. */
export function parseMessage(line: Uint8Array, n: number): Result<Message, MessageError> {
  if (line.length > limits.messageBytes) return err({ code: 'sx_too_large' });
  const json = parseJson(line);
  const parsed = messageSchema.safeParse(json.ok ? json.value : undefined);
  return parsed.success && parsed.data.n === n ? ok(parsed.data) : err({ code: 'sx_malformed' });
}

export type ControlMessage = {
  [Type in ControlType]: { readonly type: Type; readonly body: ControlBody<Type> };
}[ControlType];

/** The typed body of a control message; `sx_type` for a type this version does not know. */
export function readControlMessage(message: Message): Result<ControlMessage, MessageError> {
  if (!Object.hasOwn(controlBodies, message.ty)) return err({ code: 'sx_type' });
  const type = message.ty as ControlType;
  const body = controlBodies[type].safeParse(message.b);
  return body.success ? ok({ type, body: body.data } as ControlMessage) : err({ code: 'sx_malformed' });
}
