import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import type { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { base64url, canonicalJson, fromBase64url, sha256 } from '../protocol/index.ts';
import type { keyBackup, recipientKey } from './contract.ts';

/** The keys of an instance, sealed to a key pair whose private half is kept where no instance is. Source: docs/keys.md. */
export type KeyBackup = z.output<typeof keyBackup>;

/** Both halves, as `npm run keys:recipient` writes them. */
export type RecipientKey = z.output<typeof recipientKey>;

/** HPKE (RFC 9180), base mode: a backup must be safe for as long as the keys in it, so the KEM is a hybrid. */
const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const TYP = 'liaise-key-backup/1';
const INFO = Buffer.from(TYP);
const PUBLIC_PREFIX = 'lbr1.';

/** The line that an administrator pastes. */
const publicText = (bytes: Uint8Array): string => PUBLIC_PREFIX + base64url(bytes);
const publicBytes = (text: string): Buffer | null =>
  text.startsWith(PUBLIC_PREFIX) ? fromBase64url(text.slice(PUBLIC_PREFIX.length)) : null;

/** A short name for a public key, to be compared by people. */
export const recipientId = (publicKey: string): string => base64url(sha256(publicKey));

export async function createRecipientKey(): Promise<RecipientKey> {
  const pair = await suite.GenerateKeyPair(true);
  return {
    typ: 'liaise-backup-recipient/1',
    publicKey: publicText(await suite.SerializePublicKey(pair.publicKey)),
    privateKey: base64url(await suite.SerializePrivateKey(pair.privateKey)),
  };
}

/** The error says that the public key is not one. The caller zeroises `content`. */
export async function sealKeyBackup({
  instance,
  createdAt,
  recipient,
  content,
}: {
  instance: string;
  createdAt: Date;
  recipient: string;
  content: Buffer;
}): Promise<Result<KeyBackup, 'no-such-key'>> {
  const bytes = publicBytes(recipient);
  if (bytes === null || bytes.length !== suite.KEM.Npk) return err('no-such-key');
  const clear = { typ: TYP, instance, createdAt: createdAt.toISOString(), recipient: recipientId(recipient) } as const;
  try {
    const key = await suite.DeserializePublicKey(bytes);
    const { encapsulatedSecret, ciphertext } = await suite.Seal(key, content, { aad: clearText(clear), info: INFO });
    return ok({ ...clear, enc: base64url(encapsulatedSecret), sealed: base64url(ciphertext) });
  } catch {
    return err('no-such-key');
  }
}

/** What was sealed, to be zeroised. Another recipient is told apart; an altered backup only from everything else. */
export async function openKeyBackup(
  { enc, sealed, ...clear }: KeyBackup,
  { publicKey, privateKey }: RecipientKey,
): Promise<Result<Buffer, 'another-recipient' | 'does-not-open'>> {
  if (recipientId(publicKey) !== clear.recipient) return err('another-recipient');
  const [secret, encapsulated, ciphertext] = [fromBase64url(privateKey), fromBase64url(enc), fromBase64url(sealed)];
  if (secret === null || encapsulated === null || ciphertext === null) return err('does-not-open');
  try {
    const key = await suite.DeserializePrivateKey(secret);
    return ok(Buffer.from(await suite.Open(key, encapsulated, ciphertext, { aad: clearText(clear), info: INFO })));
  } catch {
    return err('does-not-open');
  } finally {
    secret.fill(0);
  }
}

const clearText = (clear: Omit<KeyBackup, 'enc' | 'sealed'>): Buffer => Buffer.from(canonicalJson(clear));
