import { createPublicKey, type KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { KeyRing, LentKey } from '../keys/index.ts';

/**
 * The access token key as the OAuth library sees it: the private part stays in the keys room, and each signature asks it
 * anew, so a key that was suspended or revoked a second ago signs nothing.
 */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #keys: Pick<KeyRing, 'privateKey'>;
  readonly #kid: string;
  readonly #publicKey: KeyObject;

  constructor(keys: Pick<KeyRing, 'privateKey'>, active: LentKey) {
    super();
    this.#keys = keys;
    this.#kid = active.kid;
    this.#publicKey = createPublicKey({ key: { ...active.publicJwk }, format: 'jwk' });
  }
  override get kid(): string {
    return this.#kid;
  }
  override get alg(): 'Ed25519' {
    return 'Ed25519';
  }
  override keyObject(): KeyObject {
    return this.#publicKey;
  }
  override async sign(data: Uint8Array): Promise<Uint8Array> {
    const active = await this.#keys.privateKey('sx.oauth.as');
    if (active.kid !== this.#kid) throw new Error('the access token key was replaced during this request; ask again');
    return active.sign(data);
  }
}
