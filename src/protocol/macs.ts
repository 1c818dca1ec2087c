import { createHmac, timingSafeEqual } from 'node:crypto';
import { base64url, fromBase64url, joined, sha256 } from './encoding.ts';
import { canonicalJson } from './json.ts';

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

/** Compares without telling by time how much of a guess was right. */
function equalMac(expected: Buffer, claimed: string): boolean {
  const bytes = fromBase64url(claimed);
  return bytes !== null && bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** A hello's body, with or without its `mac`, which the MAC leaves out. */
type HelloWithoutMac = Readonly<Record<string, unknown>>;

const inviteMacBytes = (secret: Uint8Array, { mac: _mac, ...body }: HelloWithoutMac): Buffer =>
  hmac(secret, joined('sx-inv/1', base64url(sha256(canonicalJson(body)))));

/** Proves that the hello's sender holds the link: HMAC(secret, "sx-inv/1" | H(canonical body without `mac`)). */
export const inviteMac = (secret: Uint8Array, hello: HelloWithoutMac): string =>
  base64url(inviteMacBytes(secret, hello));

export const verifyInviteMac = (secret: Uint8Array, hello: HelloWithoutMac & { readonly mac: string }): boolean =>
  equalMac(inviteMacBytes(secret, hello), hello.mac);

/** SHA-256 of the link's secret, as the invitation's `sh` holds it. */
export const secretHash = (secret: Uint8Array): string => base64url(sha256(secret));

export type Side = 'consumer' | 'provider';
const LETTER = { consumer: 'C', provider: 'P' } as const satisfies Record<Side, string>;

export type ConfirmedBy = {
  /** The schedule's confirm key of the same side. */
  readonly key: Uint8Array;
  readonly side: Side;
  readonly th2: string;
  readonly ath: string;
};

const confirmMacBytes = ({ key, side, th2, ath }: ConfirmedBy): Buffer => hmac(key, joined(LETTER[side], th2, ath));

/** HMAC(confirm key, side | TH2 | ath): only who holds the handshake's secret can make it. The letter stops reflection. */
export const confirmMac = (by: ConfirmedBy): string => base64url(confirmMacBytes(by));

export const verifyConfirmMac = (by: ConfirmedBy, mac: string): boolean => equalMac(confirmMacBytes(by), mac);
