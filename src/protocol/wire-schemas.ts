import { z } from 'zod';
import { fromBase64url } from './encoding.ts';

/** Pieces that several documents of the wire share. Objects are loose: unknown members are preserved and ignored. */

/** Unpadded canonical base64url of exactly `length` bytes. */
export const bytesText = (length: number) =>
  z
    .string()
    .max(Math.ceil((length * 4) / 3))
    .refine((text) => fromBase64url(text)?.length === length, `must be ${length} bytes, base64url`);

/** A SHA-256 hash, a MAC or a nonce. */
export const hashText = bytesText(32);

/** Seconds since 1970 (RFC 7519 NumericDate), whole, within the range of a Date. */
export const instantSeconds = z.int().min(0).max(8_640_000_000_000);

/** A sequence of manifests that a peer names, within what is stored of one. */
export const manifestSeqNumber = z.int().min(0).max(2_147_483_647);

/** ISO 8601 in UTC. */
export const instantText = z.iso.datetime();

/** Scheme, host and optional port as `URL.origin` spells them. Which schemes and hosts may be called is not decided here. */
export const originText = z
  .string()
  .max(300)
  .refine((text) => isOrigin(text), 'must be an origin');

/** An absolute http(s) address without credentials or fragment. */
export const addressText = z
  .string()
  .max(2_000)
  .refine((text) => isAddress(text), 'must be an absolute web address');

/** A record's random id on the wire: prefix, underscore, 32 hexadecimal digits. */
export const recordId = z.string().regex(/^[a-z]{2,8}_[0-9a-f]{32}$/);
export const registrationRef = z.string().regex(/^reg_[0-9a-f]{32}$/);

/** A token id or client id: printable, no separator of ours. */
export const tokenText = z.string().regex(/^[A-Za-z0-9_.:-]{1,200}$/);

/** Control characters, separators of lines, and the marks that reverse the direction of writing: a name shows as something else. */
const DECEIVING = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

/** What a person may read; escaped where it is shown. */
export const displayText = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !DECEIVING.test(text), 'must be one line without control characters');

export const versionList = z
  .array(z.string().regex(/^\d{1,4}\.\d{1,4}$/))
  .min(1)
  .max(16);
export const suiteList = z
  .array(z.string().regex(/^SX-[A-Z0-9]{1,8}$/))
  .min(1)
  .max(16);

/** Named ceilings, whole numbers: bytes, counts or rates, as docs/protocol/conventions.md lists them. */
export const limitsTable = z.record(z.string().max(64), z.int().nonnegative());

/** A compact JWS inside a body; opened on its own, with its own rules. */
export const embeddedJws = (maxBytes: number) =>
  z
    .string()
    .max(maxBytes)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/);

function isOrigin(text: string): boolean {
  const url = parsedAddress(text);
  return url !== null && url.origin === text;
}

function isAddress(text: string): boolean {
  const url = parsedAddress(text);
  return url !== null && url.username === '' && url.password === '' && url.hash === '';
}

function parsedAddress(text: string): URL | null {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url : null;
}
