import type { webcrypto } from 'node:crypto';
import { err, ok, type Random, type Result } from '../kernel/index.ts';
import type { SecretFiles } from './keys-deps.ts';
import { passphraseKey, SALT_BYTES } from './passphrase-key.ts';
import type { RootKeyError, RootProvider } from './root-provider.ts';
import { unwrap, type WrapContext, wrap } from './wrap.ts';

const WRAPPED = /^p1\.([A-Za-z0-9_-]{22})\.(w1\..+)$/;

type Derived = { readonly salt: string; readonly key: webcrypto.CryptoKey };

/**
 * The root key as a passphrase that somebody knows (Argon2id): nothing lies on a disk, so the instance starts sealed until it
 * is told. `file`: where a service manager hands the passphrase over instead (systemd credentials); read whenever it is
 * needed. In memory there is the derived key alone.
 */
export function passphraseRootProvider(files: SecretFiles, file: string | null): RootProvider {
  let derived: Derived | null = null;

  async function fromFile(salt: string): Promise<Derived | null> {
    const read = file === null ? null : await files.read(file);
    if (!read?.ok) return null;
    const text = read.value.toString().replace(/\r?\n$/, '');
    read.value.fill(0);
    return text === '' ? null : { salt, key: await passphraseKey(text, salt) };
  }

  async function open(candidate: Derived | null, context: WrapContext, sealed: string): Promise<Buffer | null> {
    const plain = candidate === null ? null : await unwrap(candidate.key, context, sealed);
    return plain?.ok ? plain.value : null;
  }

  return {
    kind: 'passphrase',
    describe: () => (file === null ? 'passphrase' : `passphrase from ${file}`),
    recognises: (wrapped) => wrapped.startsWith('p1.'),
    async wrap(context, key, random) {
      const chosen = derived ?? (await fromFile(random.bytes(SALT_BYTES).toString('base64url')));
      if (chosen === null) return err(notGiven(file));
      derived = chosen;
      return ok(`p1.${chosen.salt}.${await wrap(chosen.key, context, key, random)}`);
    },
    async unwrap(context, wrapped): Promise<Result<Buffer, RootKeyError>> {
      const [, salt, sealed] = WRAPPED.exec(wrapped) ?? [];
      if (salt === undefined || sealed === undefined) return err(doesNotOpen);
      const known = await open(derived?.salt === salt ? derived : null, context, sealed);
      if (known !== null) return ok(known);
      const read = await fromFile(salt);
      const plain = await open(read, context, sealed);
      if (plain === null) return err(read === null && derived?.salt !== salt ? notGiven(file) : doesNotOpen);
      derived = read;
      return ok(plain);
    },
    async ensure(random: Random) {
      derived ??= await fromFile(random.bytes(SALT_BYTES).toString('base64url'));
      return derived === null ? err(notGiven(file)) : ok(undefined);
    },
    async unlock(passphrase, held, random) {
      const [, heldSalt, sealed] = WRAPPED.exec(held?.wrapped ?? '') ?? [];
      const salt = heldSalt ?? random.bytes(SALT_BYTES).toString('base64url');
      const candidate = { salt, key: await passphraseKey(passphrase, salt) };
      if (held !== null) {
        const plain = await open(candidate, held.context, sealed ?? '');
        if (plain === null) return err(doesNotOpen);
        plain.fill(0);
      }
      derived = candidate;
      return ok(undefined);
    },
  };
}

const notGiven = (file: string | null): RootKeyError => ({
  code: 'missing',
  cause:
    file === null
      ? 'The passphrase of the root key has not been given since the program started.'
      : `The passphrase of the root key has not been given, and ${file} does not hold it.`,
  remedy: 'A user with sn_kmf.admin gives it under Key Management > Health, or by POST /api/key-management/unseal.',
});

const doesNotOpen: RootKeyError = {
  code: 'does-not-open',
  cause: 'The passphrase does not open the instance root key in the database.',
  remedy: 'Give the passphrase that was set for this database; upper and lower case and every space count.',
};
