import { err, ok, Problem, type Result } from '../kernel/index.ts';
import type { KeyRing } from '../keys/index.ts';

/**
 * Signs with the active key of an OAuth module and verifies with what is published of it, under the access policies in
 * force. The error is a sentence that says what is wrong.
 */
export async function testKey(
  deps: { readonly keys: Pick<KeyRing, 'privateKey' | 'publicKeys'> },
  module: 'sx.oauth.as' | 'sx.oauth.client',
): Promise<Result<void, string>> {
  try {
    const active = await deps.keys.privateKey(module);
    const published = (await deps.keys.publicKeys(module)).find(({ kid }) => kid === active.kid);
    if (published === undefined) return err(`The key ${active.kid} of ${module} signs but is not published.`);
    const key = await crypto.subtle.importKey('jwk', { ...published.jwk }, 'Ed25519', false, ['verify']);
    const message = new TextEncoder().encode(module);
    const signature = new Uint8Array(await active.sign(message));
    if (await crypto.subtle.verify('Ed25519', key, signature, message)) return ok(undefined);
    return err(`A signature of the key ${active.kid} of ${module} does not verify.`);
  } catch (error) {
    if (error instanceof Problem) return err(error.message);
    throw error;
  }
}
