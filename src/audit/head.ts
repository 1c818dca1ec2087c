import { createPublicKey, verify } from 'node:crypto';
import { base64url, canonicalJson, type Ed25519PublicJwk, fromBase64url, type Signer } from '../protocol/index.ts';

export const HEAD_TYP = 'sx-audit-head+jwt';

export type HeadClaim = { readonly position: number; readonly hash: string; readonly signedAt: string };
export type HeadKey = { readonly kid: string; readonly jwk: Ed25519PublicJwk };

/** The signed head: a compact JWS (RFC 7515), alg Ed25519, over the canonical JSON of the claim. */
export async function signHeadClaim(signer: Signer, claim: HeadClaim): Promise<string> {
  const key = await signer.lease(HEAD_TYP);
  const input = `${headerOf(key.kid)}.${encode(claim)}`;
  return `${input}.${base64url(await key.sign(Buffer.from(input)))}`;
}

/** True when one of the keys signed exactly this claim. The text is rebuilt, never parsed: there is one spelling. */
export function isSignedHead(statement: string, claim: HeadClaim, keys: readonly HeadKey[]): boolean {
  const cut = statement.lastIndexOf('.');
  const input = statement.slice(0, cut);
  const signature = fromBase64url(statement.slice(cut + 1));
  const key = keys.find(({ kid }) => input === `${headerOf(kid)}.${encode(claim)}`);
  if (key === undefined || signature === null) return false;
  return verify(null, Buffer.from(input), createPublicKey({ key: { ...key.jwk }, format: 'jwk' }), signature);
}

const encode = (value: unknown): string => base64url(Buffer.from(canonicalJson(value)));
const headerOf = (kid: string): string => encode({ alg: 'Ed25519', kid, typ: HEAD_TYP });
