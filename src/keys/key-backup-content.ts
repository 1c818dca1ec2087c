import { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { fromBase64url, type Genesis, type InstanceId } from '../protocol/index.ts';
import { KEY_BYTES } from './key-material.ts';
import { type KeyState, keyMachine } from './key-state.ts';
import { algorithmOf, keyClasses, operations } from './module.ts';
import type { Rows } from './rows.ts';

/** What a backup of the keys holds: the instance root key itself, and every record below it as it is stored. */
type BackupContent = { readonly instanceRootKey: Buffer; readonly rows: Rows };

const text = z.string();
const textOrNull = text.nullable();
const instant = z.iso.datetime().transform((at) => new Date(at));
const instantOrNull = instant.nullable();

/**
 * Shapes only: that the records belong together and to the instance is proved by opening them. A column that a later version
 * adds is nullable and defaults to null here, or backups that were made before it could not be read any more. They stay
 * authentic, since a column without a value is no part of what the HMAC covers.
 */
const content = z.strictObject({
  instanceRootKey: text,
  rows: z.strictObject({
    instance: z.strictObject({
      instance_id: text.transform((id) => id as InstanceId),
      genesis: z.custom<Genesis>((value) => typeof value === 'object' && value !== null),
      succession_log: z.array(text),
      root_key: text,
      hmac_key: text,
      manifest: textOrNull,
      manifest_seq: z.int(),
      manifest_digest: textOrNull,
      manifest_expires_at: instantOrNull,
      recovery_file_confirmed_at: instantOrNull,
      active_days: z.record(text, z.number()).nullable().default(null),
      rows_digest: text,
      created_at: instant,
      mac: text,
    }),
    classKeys: z.array(z.strictObject({ class: z.enum(keyClasses), wrapped: text, created_at: instant, mac: text })),
    keyVersions: z.array(
      z.strictObject({
        module: text,
        version: z.int(),
        kid: text,
        state: z.enum(Object.keys(keyMachine) as [KeyState, ...KeyState[]]),
        algorithm: z.enum(Object.values(algorithmOf)),
        class: z.enum(keyClasses),
        public_x: textOrNull,
        wrapped: textOrNull,
        generated_at: instant,
        activated_at: instantOrNull,
        renewed_at: instantOrNull,
        suspended_at: instantOrNull,
        rotated_at: instantOrNull,
        deactivated_at: instantOrNull,
        compromised_at: instantOrNull,
        destroyed_at: instantOrNull,
        expires_at: instantOrNull,
        reason: textOrNull,
        mac: text,
      }),
    ),
    policies: z.array(
      z.strictObject({
        id: text,
        subject: text,
        module: text,
        operations: z.array(z.enum(operations)),
        effect: z.enum(['track', 'reject', 'strict-reject']),
        expires_at: instantOrNull,
        created_by: text,
        created_at: instant,
        mac: text,
      }),
    ),
  }),
});

export const writeBackupContent = ({ instanceRootKey, rows }: BackupContent): Buffer =>
  Buffer.from(JSON.stringify({ instanceRootKey: instanceRootKey.toString('base64url'), rows }));

/** The caller zeroises `instanceRootKey`. */
export function readBackupContent(bytes: Buffer): Result<BackupContent, 'malformed'> {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch {
    return err('malformed');
  }
  const parsed = content.safeParse(json);
  const instanceRootKey = parsed.success ? fromBase64url(parsed.data.instanceRootKey) : null;
  if (!parsed.success || instanceRootKey?.length !== KEY_BYTES) return err('malformed');
  return ok({ instanceRootKey, rows: parsed.data.rows });
}
