import { err, ok, type Random, type Result } from '../kernel/index.ts';
import { KEY_BYTES } from './key-material.ts';
import type { SecretFileError, SecretFiles } from './keys-deps.ts';
import type { RootKeyError, RootProvider } from './root-provider.ts';
import { importWrappingKey, unwrap, type WrapContext, wrap } from './wrap.ts';

/** The root key as a file of 32 bytes, mode 0400, beside and never inside the data directory (protocol.md D.4). */
export function fileRootProvider(files: SecretFiles, path: string): RootProvider {
  const openKey = async () => {
    const read = await files.read(path);
    if (!read.ok) return err(readError(path, read.error));
    if (read.value.length !== KEY_BYTES) {
      read.value.fill(0);
      return err<RootKeyError>({
        code: 'malformed',
        cause: `${path} holds ${read.value.length} bytes; a root key has ${KEY_BYTES}.`,
        remedy: 'Put back the root key file that was made when this instance first started.',
      });
    }
    return ok(await importWrappingKey(read.value));
  };
  return {
    kind: 'file',
    describe: () => `file ${path}`,
    recognises: (wrapped) => wrapped.startsWith('w1.'),
    async wrap(context, key, random) {
      const opened = await openKey();
      return opened.ok ? ok(await wrap(opened.value, context, key, random)) : opened;
    },
    async unwrap(context: WrapContext, wrapped: string): Promise<Result<Buffer, RootKeyError>> {
      const opened = await openKey();
      if (!opened.ok) return opened;
      const plain = await unwrap(opened.value, context, wrapped);
      if (plain.ok) return plain;
      return err({
        code: 'does-not-open',
        cause: `The key in ${path} does not open the instance root key in the database: it is another instance's, or altered.`,
        remedy: 'Put back the root key file that belongs to this database.',
      });
    },
    async ensure(random: Random) {
      const key = random.bytes(KEY_BYTES);
      const written = await files.writeOnce(path, key);
      key.fill(0);
      if (written.ok || written.error.code === 'exists') return ok(undefined);
      return err({
        code: 'unreadable',
        cause: written.error.message,
        remedy:
          'Make room on its volume and its folder writable for the account that runs Liaise, or set LIAISE_ROOT_KEY_FILE to another place.',
      });
    },
  };
}

function readError(path: string, error: SecretFileError): RootKeyError {
  const cause = error.message;
  switch (error.code) {
    case 'missing':
      return {
        code: 'missing',
        cause,
        remedy: `Put the root key file back at ${path}; a backup of it is kept apart from the data.`,
      };
    case 'too-open':
      return { code: 'unsafe', cause, remedy: `Run chmod 400 ${path}, then find out who could have read it.` };
    default:
      return { code: 'unreadable', cause, remedy: `Let the account that runs Liaise read ${path} (chown, chmod 400).` };
  }
}
