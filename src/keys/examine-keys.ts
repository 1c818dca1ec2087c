import { type DiagnoseDeps, diagnose } from './diagnose.ts';
import type { Diagnostics } from './keys.ts';
import type { KeysDeps } from './keys-deps.ts';
import { rootsOf } from './roots-of.ts';

type ExamineDeps = Omit<DiagnoseDeps, 'root' | 'manifestDetails'> &
  Pick<KeysDeps, 'rootKeyProvider' | 'passphraseFile'> & { readonly publicUrlSet: boolean };

/** The diagnostics without an instance: reads and tries everything, keeps and changes nothing. */
export async function examineKeys({ publicUrlSet, ...deps }: ExamineDeps): Promise<Diagnostics> {
  const details = publicUrlSet ? ({} as NonNullable<Awaited<ReturnType<KeysDeps['manifestDetails']>>>) : null;
  const { diagnostics } = await diagnose({ ...deps, manifestDetails: () => details, root: rootsOf(deps) }, null, null);
  return diagnostics;
}
