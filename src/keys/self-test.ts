import { err, ok, type Random, type Result } from '../kernel/index.ts';
import { importKey, macBytes, signBytes, verifyBytes } from './key-material.ts';
import type { LoadedKey } from './vault.ts';
import { decrypt, encrypt, importWrappingKey } from './wrap.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** RFC 8032 section 7.1, test 1: the empty message. */
const ED25519 = {
  seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  x: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  signature:
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
};

/** The AES-256-GCM specification's test case 16, with additional data. */
const AES_GCM = {
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  iv: 'cafebabefacedbaddecaf888',
  additionalData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plain:
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  sealed:
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
};

/** RFC 4231 test case 1, with its key zero-padded to the 32 bytes we use (HMAC pads with zeroes too). */
const HMAC = {
  key: `${'0b'.repeat(20)}${'00'.repeat(12)}`,
  data: '4869205468657265',
  mac: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
};

/** Known answers of other people for the three algorithms; the error names the one that this runtime gets wrong. */
export async function knownAnswers(): Promise<Result<void, string>> {
  const signing = await importKey('Ed25519', hex(ED25519.seed));
  const signature = await signBytes(signing, Buffer.alloc(0));
  if (signature.toString('hex') !== ED25519.signature) return err('Ed25519 signs differently from RFC 8032.');
  const x = hex(ED25519.x).toString('base64url');
  if (!(await verifyBytes(x, Buffer.alloc(0), signature)))
    return err('Ed25519 does not verify the signature of RFC 8032.');
  if (await verifyBytes(x, Buffer.from('x'), signature))
    return err('Ed25519 verifies a signature over something else.');

  const sealing = await importWrappingKey(hex(AES_GCM.key));
  const sealed = await encrypt(sealing, hex(AES_GCM.iv), hex(AES_GCM.additionalData), hex(AES_GCM.plain));
  if (sealed.toString('hex') !== AES_GCM.sealed) return err('AES-256-GCM encrypts differently from its specification.');
  if ((await decrypt(sealing, hex(AES_GCM.iv), Buffer.from('elsewhere'), sealed)) !== null)
    return err('AES-256-GCM opens with other additional data.');

  const mac = await macBytes(await importKey('HMAC-SHA-256', hex(HMAC.key)), hex(HMAC.data));
  return mac.toString('hex') === HMAC.mac ? ok(undefined) : err('HMAC-SHA-256 differs from RFC 4231.');
}

/** Uses one key for what it is there for and checks the outcome; the error is the cause for the diagnostics. */
export async function tryKey(key: LoadedKey, random: Random): Promise<Result<void, string>> {
  if (key.secret === null) return err(`The private part of version ${key.version} is gone.`);
  const sample = random.bytes(32);
  if (key.algorithm === 'Ed25519') {
    const verified =
      key.publicX !== null && (await verifyBytes(key.publicX, sample, await signBytes(key.secret, sample)));
    return verified ? ok(undefined) : err(`A signature by version ${key.version} does not verify.`);
  }
  if (key.algorithm === 'HMAC-SHA-256') {
    const [one, other] = [await macBytes(key.secret, sample), await macBytes(key.secret, sample)];
    return one.equals(other) ? ok(undefined) : err(`Version ${key.version} gives two hashes for one input.`);
  }
  const iv = random.bytes(12);
  const sealed = await encrypt(key.secret, iv, Buffer.from('here'), sample);
  const opened = await decrypt(key.secret, iv, Buffer.from('here'), sealed);
  if (opened === null || !opened.equals(sample)) return err(`Version ${key.version} does not open what it sealed.`);
  const elsewhere = await decrypt(key.secret, iv, Buffer.from('elsewhere'), sealed);
  return elsewhere === null ? ok(undefined) : err(`Version ${key.version} opens in a wrong context.`);
}
