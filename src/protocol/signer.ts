/** One key, leased for one signature: its id (RFC 7638 thumbprint) goes into the header that is about to be signed. */
export type SigningKey = {
  readonly kid: string;
  /** Ed25519 over the bytes: 64 bytes. */
  sign(input: Uint8Array): Promise<Uint8Array>;
};

/** Hands out the one active signing key for a kind of statement (the JWS `typ`), or refuses that kind. */
export type Signer = { lease(typ: string): Promise<SigningKey> };

export type Ed25519PublicJwk = { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
