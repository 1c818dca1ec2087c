import { createPublicKey, type KeyObject } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { KeyRing, LentKey } from '../keys/index.ts';

/** The part of the key ring that signs access tokens and tells what became of the keys. */
type TokenKeys = Pick<KeyRing, 'privateKey' | 'publicKeys'>;

/**
 * The access token key as the OAuth library sees it. Each signature asks the keys room anew, so a key that was suspended or
 * reported compromised a second ago signs nothing; one that was only replaced finishes the token it is named in, because the
 * code that pays for the token is spent by then.
 */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #keys: TokenKeys;
  readonly #begun: LentKey;
  readonly #publicKey: KeyObject;

  constructor(keys: TokenKeys, active: LentKey) {
    super();
    this.#keys = keys;
    this.#begun = active;
    this.#publicKey = createPublicKey({ key: { ...active.publicJwk }, format: 'jwk' });
  }
  override get kid(): string {
    return this.#begun.kid;
  }
  override get alg(): 'Ed25519' {
    return 'Ed25519';
  }
  override keyObject(): KeyObject {
    return this.#publicKey;
  }
  override async sign(data: Uint8Array): Promise<Uint8Array> {
    const active = await this.#keys.privateKey('sx.oauth.as');
    if (active.kid === this.kid) return active.sign(data);
    const begun = (await this.#keys.publicKeys('sx.oauth.as')).find(({ kid }) => kid === this.kid);
    if (begun?.state !== 'deactivated')
      throw new Error(`the access token key ${this.kid} may no longer sign; no token was made`);
    return this.#begun.sign(data);
  }
}
