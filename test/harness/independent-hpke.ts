import { createHmac } from 'node:crypto';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';

/**
 * The receiving half of one HPKE export (RFC 9180 sections 4 and 5, base mode) written from the RFC over a KEM of another
 * library, to hold ours against: KEM 0x647a (ML-KEM-768 with X25519), HKDF-SHA-256, AES-256-GCM.
 */
export function independentExport(input: {
  privateKey: Uint8Array;
  enc: Uint8Array;
  info: Uint8Array;
  context: Uint8Array;
}): Buffer {
  const shared = ml_kem768_x25519.decapsulate(input.enc, input.privateKey);
  return exportFrom(shared, input.info, input.context);
}

/** The sending half; `enc` is what the receiver needs. */
export function independentSend(publicKey: Uint8Array, info: Uint8Array, context: Uint8Array) {
  const { cipherText, sharedSecret } = ml_kem768_x25519.encapsulate(publicKey);
  return { enc: cipherText, exported: exportFrom(sharedSecret, info, context) };
}

const LENGTH = 32;
const SUITE_ID = Buffer.concat([Buffer.from('HPKE'), Buffer.from('647a00010002', 'hex')]);
const VERSION = Buffer.from('HPKE-v1');
const NOTHING = Buffer.alloc(0);

const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest();

const labeledExtract = (salt: Uint8Array, label: string, input: Uint8Array) =>
  hmac(salt, Buffer.concat([VERSION, SUITE_ID, Buffer.from(label), input]));

// One block of HKDF-Expand is enough: everything here is 32 bytes, the length of the hash.
const labeledExpand = (key: Uint8Array, label: string, context: Uint8Array) =>
  hmac(
    key,
    Buffer.concat([Buffer.from([0, LENGTH]), VERSION, SUITE_ID, Buffer.from(label), context, Buffer.from([1])]),
  );

function exportFrom(shared: Uint8Array, info: Uint8Array, context: Uint8Array): Buffer {
  const hashes = [labeledExtract(NOTHING, 'psk_id_hash', NOTHING), labeledExtract(NOTHING, 'info_hash', info)];
  const secret = labeledExtract(shared, 'secret', NOTHING);
  const exporter = labeledExpand(secret, 'exp', Buffer.concat([Buffer.from([0]), ...hashes]));
  return labeledExpand(exporter, 'sec', context);
}
