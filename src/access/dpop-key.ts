import { calculateJwkThumbprint, exportJWK, importJWK, type JWK } from 'jose';
import { type CryptoKeyPair, randomDPoPKeyPair } from 'openid-client';

/** A proof key as it is stored between two steps of one attempt. JSON; holds a private key: seal it. */
export type DpopKey = { readonly jkt: string; readonly privateJwk: JWK };

export async function createDpopKey(): Promise<DpopKey> {
  const { privateKey } = await randomDPoPKeyPair('Ed25519', { extractable: true });
  const privateJwk = await exportJWK(privateKey);
  return { jkt: await calculateJwkThumbprint(privateJwk), privateJwk };
}

export async function dpopKeyPair({ privateJwk }: DpopKey): Promise<CryptoKeyPair> {
  const { d: _private, ...publicJwk } = privateJwk;
  const [privateKey, publicKey] = await Promise.all([
    importJWK(privateJwk, 'Ed25519', { extractable: false }),
    importJWK(publicJwk, 'Ed25519', { extractable: true }),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array)
    throw new Error('a proof key is not symmetric');
  return { privateKey, publicKey };
}
