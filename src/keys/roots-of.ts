import { fileRootProvider } from './file-root-provider.ts';
import type { KeysDeps } from './keys-deps.ts';
import { passphraseRootProvider } from './passphrase-root-provider.ts';
import { type Roots, rootProviders } from './root-provider.ts';

type Deps = Pick<KeysDeps, 'files' | 'rootKeyFile' | 'rootKeyProvider' | 'passphraseFile'>;

/** Both providers: the one that the settings name, and the other one for a root key that has not moved yet. */
export function rootsOf({ files, rootKeyFile, rootKeyProvider, passphraseFile }: Deps): Roots {
  const all = { file: fileRootProvider(files, rootKeyFile), passphrase: passphraseRootProvider(files, passphraseFile) };
  return rootProviders(all[rootKeyProvider], Object.values(all));
}
