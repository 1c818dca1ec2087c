import { argon2, type webcrypto } from 'node:crypto';
import { importWrappingKey } from './wrap.ts';

/** RFC 9106 section 4, second recommended option, with one lane. */
export const PASSPHRASE_KDF = { name: 'argon2id', memoryKiB: 65_536, passes: 3, parallelism: 1 } as const;
export const SALT_BYTES = 16;

/** One after the other: each takes 64 MiB, and whoever guesses must wait in line. */
let last: Promise<unknown> = Promise.resolve();

/** The AES-256-GCM key of a passphrase (NFKC) and a salt, base64url; not extractable. */
export function passphraseKey(passphrase: string, salt: string): Promise<webcrypto.CryptoKey> {
  const derived = last.then(() => derive(passphrase, salt));
  last = derived.catch(() => undefined);
  return derived;
}

async function derive(passphrase: string, salt: string): Promise<webcrypto.CryptoKey> {
  const parameters = {
    message: passphrase.normalize('NFKC'),
    nonce: Buffer.from(salt, 'base64url'),
    parallelism: PASSPHRASE_KDF.parallelism,
    tagLength: 32,
    memory: PASSPHRASE_KDF.memoryKiB,
    passes: PASSPHRASE_KDF.passes,
  };
  const bytes = await new Promise<Buffer>((resolve, reject) =>
    argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error))),
  );
  return importWrappingKey(bytes);
}
