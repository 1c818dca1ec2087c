/** Where randomness comes from: cryptographically strong, handed in, so that a test can make ids predictable. */
export type Random = { bytes(length: number): Buffer };

export const systemRandom: Random = {
  bytes: (length) => Buffer.from(crypto.getRandomValues(new Uint8Array(length)).buffer),
};

/** `length` random bytes as base64url text without padding. */
export const randomToken = (random: Random, length: number): string => random.bytes(length).toString('base64url');
