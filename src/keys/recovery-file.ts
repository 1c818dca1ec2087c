import type { z } from 'zod';
import { err, ok, type Random, type Result } from '../kernel/index.ts';
import { canonicalJson } from '../protocol/index.ts';
import type { recoveryFile } from './contract.ts';
import { PASSPHRASE_KDF, passphraseKey, SALT_BYTES } from './passphrase-key.ts';
import { decrypt, encrypt } from './wrap.ts';

/** The next root key of an instance, sealed by a passphrase, to be kept apart from the instance. Source: docs/keys.md. */
export type RecoveryFile = z.output<typeof recoveryFile>;

const IV_BYTES = 12;

/** The caller zeroises `seed`. */
export async function sealRecoveryFile(
  input: { instance: string; kid: string; createdAt: Date; seed: Uint8Array; passphrase: string },
  random: Random,
): Promise<RecoveryFile> {
  const clear = {
    typ: 'liaise-recovery-file/1',
    instance: input.instance,
    kid: input.kid,
    createdAt: input.createdAt.toISOString(),
    kdf: { ...PASSPHRASE_KDF, salt: random.bytes(SALT_BYTES).toString('base64url') },
  } as const;
  const iv = random.bytes(IV_BYTES);
  const sealed = await encrypt(await passphraseKey(input.passphrase, clear.kdf.salt), iv, clearText(clear), input.seed);
  return { ...clear, sealed: Buffer.concat([iv, sealed]).toString('base64url') };
}

/** The 32 bytes of the key, to be zeroised; the error does not tell a wrong passphrase from an altered file: nobody can. */
export async function openRecoveryFile(
  { sealed, ...clear }: RecoveryFile,
  passphrase: string,
): Promise<Result<Buffer, 'does-not-open'>> {
  const bytes = Buffer.from(sealed, 'base64url');
  const key = await passphraseKey(passphrase, clear.kdf.salt);
  const seed = await decrypt(key, bytes.subarray(0, IV_BYTES), clearText(clear), bytes.subarray(IV_BYTES));
  return seed === null ? err('does-not-open') : ok(seed);
}

const clearText = (clear: Omit<RecoveryFile, 'sealed'>): Buffer => Buffer.from(canonicalJson(clear));
