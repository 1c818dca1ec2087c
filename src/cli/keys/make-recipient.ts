import { resolve } from 'node:path';
import { createRecipientKey, recipientId } from '../../keys/index.ts';
import { writeSecretFileOnce } from '../../platform/files/index.ts';

/** Writes both halves to the file named, which must not exist yet, and answers with the public one. */
export async function makeRecipient(args: readonly string[]): Promise<string> {
  const [name, ...more] = args;
  if (name === undefined || name.startsWith('-') || more.length > 0)
    throw new Error('npm run keys:recipient -- <file for the key pair>. Nothing was made.');
  const file = resolve(name);
  const key = await createRecipientKey();
  const bytes = Buffer.from(`${JSON.stringify(key)}\n`);
  const written = await writeSecretFileOnce(file, bytes);
  bytes.fill(0);
  if (!written.ok) throw new Error(`${written.error.message} Nothing was made.`);
  return [
    `${file} holds both halves. Keep it apart from every instance: with a backup it opens all keys of one.`,
    `Recipient ${recipientId(key.publicKey)}. The public key, for Key Management > Cryptographic Modules > Export keys:`,
    '',
    key.publicKey,
  ].join('\n');
}
