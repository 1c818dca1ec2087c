const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Where the code is right to differ from a file's verdict, and why. `way`: the file, or the way through our code where a file has two. */
export const allowedDifferences: readonly {
  readonly way: string;
  readonly tcIds: readonly number[];
  readonly reason: string;
}[] = [
  {
    way: 'aes_gcm',
    tcIds: [68, 69, 70, ...from(277, 310)],
    reason: 'WebCrypto here refuses IVs shorter than 96 bits; ours always have 96, drawn by the library.',
  },
  {
    way: 'aes_gcm',
    tcIds: [268, 272, 276],
    reason: 'OpenSSL refuses IVs of 2056 bits; ours always have 96.',
  },
  {
    way: 'aes_gcm node:crypto',
    tcIds: [268, 272, 276],
    reason: 'OpenSSL refuses IVs of 2056 bits; ours always have 96.',
  },
  {
    way: 'json_web_signature',
    tcIds: [346, 347, 350, 351],
    reason:
      'The key says another algorithm (PS256, "ES521") than the header (PS384, ES512). The key pins the algorithm.',
  },
  {
    way: 'json_web_signature',
    tcIds: [367, 370],
    reason: 'Named after bad padding, but the text is canonical, equal in both and correctly MACed: nothing to refuse.',
  },
  {
    way: 'json_web_signature',
    tcIds: [372, 373],
    reason: 'A stray "?" in a segment. RFC 7515 lets a decoder ignore it; one spelling only is accepted here.',
  },
  {
    way: 'json_web_encryption',
    tcIds: [...from(100, 105), 112, 128],
    reason: 'RSA1_5: jose does not implement it, and it is in no suite of ours.',
  },
  {
    way: 'json_web_encryption',
    tcIds: [132],
    reason: 'The key says A128GCM where the header says dir. The key pins the algorithm.',
  },
  {
    way: 'json_web_key',
    tcIds: [7, 9],
    reason: 'RSA keys made badly (ROCA, exponent 1). No RSA key can enter a manifest: its schema knows Ed25519 only.',
  },
  {
    way: 'json_web_key',
    tcIds: [10, 11, 12],
    reason:
      'HMAC keys shorter than the hash. No HS algorithm is accepted by any door here; own MAC keys have 32 bytes.',
  },
  {
    way: 'json_web_crypto',
    tcIds: [46],
    reason: 'An RSA key made badly (ROCA). No RSA key can enter a manifest: its schema knows Ed25519 only.',
  },
];
