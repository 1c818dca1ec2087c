import { hkdfSync } from 'node:crypto';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { err, ok, type Result } from '../kernel/index.ts';
import { base64url, fromBase64url, joined, sha256 } from './encoding.ts';
import type { InstanceId } from './instance-id.ts';
import { hashStatement } from './jws.ts';
import { KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_KEY_BYTES } from './onboarding-statements.ts';

/** The first suite: Ed25519, X25519 with ML-KEM-768, HKDF-SHA-256, AES-256-GCM, SHA-256. Suites are never mixed. */
export const SUITE = 'SX-A';
export const PROTOCOL_VERSION = '1.0';

const PRIVATE_KEY_BYTES = 32;
const SECRET_BYTES = 32;
const EXPORTER_CONTEXT = Buffer.from('sx/1');

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

export type KemError = { readonly code: 'wrong-length' | 'refused' };

/** A key pair for one attempt. `privateKey` is the 32-byte seed: seal it at once, destroy it after hello-ack. */
export async function createEphemeral(): Promise<{ publicKey: Uint8Array; privateKey: Uint8Array }> {
  const pair = await suite.GenerateKeyPair(true);
  return {
    publicKey: await suite.SerializePublicKey(pair.publicKey),
    privateKey: await suite.SerializePrivateKey(pair.privateKey),
  };
}

/** The handshake's parties and inputs, bound into the shared secret: a different value on one side gives another key. */
export type HandshakeInfo = {
  readonly reg: string;
  readonly att: number;
  readonly consumer: InstanceId;
  readonly provider: InstanceId;
  readonly nc: string;
  readonly h1: string;
};

const infoBytes = ({ reg, att, consumer, provider, nc, h1 }: HandshakeInfo): Buffer =>
  joined('sx/1', reg, String(att), consumer, provider, nc, h1);

/**
 * The provider's half: a fresh secret for the consumer's ephemeral key, and the ciphertext that carries it.
 * NOTE lengths are compared on the raw bytes first: a longer key could otherwise be cut silently on import.
 */
export async function encapsulate(
  publicKey: Uint8Array,
  info: HandshakeInfo,
): Promise<Result<{ enc: Uint8Array; sharedSecret: Uint8Array }, KemError>> {
  if (publicKey.length !== KEM_PUBLIC_KEY_BYTES) return err({ code: 'wrong-length' });
  try {
    const key = await suite.DeserializePublicKey(publicKey);
    const sent = await suite.SendExport(key, EXPORTER_CONTEXT, SECRET_BYTES, { info: infoBytes(info) });
    return ok({ enc: sent.encapsulatedSecret, sharedSecret: sent.exportedSecret });
  } catch {
    return err({ code: 'refused' });
  }
}

/** The consumer's half. A changed ciphertext or other info is not an error here: it gives a secret nobody shares. */
export async function decapsulate(
  privateKey: Uint8Array,
  enc: Uint8Array,
  info: HandshakeInfo,
): Promise<Result<Uint8Array, KemError>> {
  if (enc.length !== KEM_CIPHERTEXT_BYTES || privateKey.length !== PRIVATE_KEY_BYTES)
    return err({ code: 'wrong-length' });
  try {
    const key = await suite.DeserializePrivateKey(privateKey);
    return ok(await suite.ReceiveExport(key, enc, EXPORTER_CONTEXT, SECRET_BYTES, { info: infoBytes(info) }));
  } catch {
    return err({ code: 'refused' });
  }
}

/** The transcript of statements of which only the hashes are kept. */
export const transcriptOfHashes = (...hashes: readonly string[]): string =>
  base64url(sha256(joined('sx/1', ...hashes)));

const transcript = (...jws: readonly string[]): string => transcriptOfHashes(...jws.map(hashStatement));

/** TH2: what both sides, the consent and both MACs are bound to. m1: hello, m2: hello-ack, compact JWS. */
export const transcriptHash = (m1: string, m2: string): string => transcript(m1, m2);

/** TH4: the whole handshake, named by prepared, commit and commit-ack. */
export const fullTranscriptHash = (m1: string, m2: string, m3: string, m4: string): string =>
  transcript(m1, m2, m3, m4);

/** The secrets of one handshake, 32 bytes each. */
export type Schedule = {
  readonly consumerConfirm: Uint8Array;
  readonly providerConfirm: Uint8Array;
  /** Envelope keys of epoch 1. */
  readonly consumerToProvider: Uint8Array;
  readonly providerToConsumer: Uint8Array;
  readonly ratchet: Uint8Array;
  readonly exporter: Uint8Array;
};

/** HKDF-SHA-256 with salt TH2 and one label a secret. Deterministic: keeping `sharedSecret` sealed is enough. */
export function deriveSchedule(sharedSecret: Uint8Array, th2: string): Schedule {
  const salt = fromBase64url(th2);
  if (salt === null) throw new Error('the transcript hash is not base64url');
  const expand = (label: string) => new Uint8Array(hkdfSync('sha256', sharedSecret, salt, label, SECRET_BYTES));
  return {
    consumerConfirm: expand('c confirm'),
    providerConfirm: expand('p confirm'),
    consumerToProvider: expand('c2p 1'),
    providerToConsumer: expand('p2c 1'),
    ratchet: expand('ratchet'),
    exporter: expand('exporter'),
  };
}

/** SHA-256 of an access token as `ath` (RFC 9449 section 4.2). */
export const accessTokenHash = (accessToken: string): string => base64url(sha256(accessToken));
