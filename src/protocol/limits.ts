const KIB = 1024;
const MIB = 1024 * KIB;

/** What one instance accepts from another, counted before anything is parsed. Source: docs/protocol/conventions.md. */
export const limits = {
  jsonDepth: 32,
  jsonMembers: 2_000,
  discoveryBytes: 256 * KIB,
  manifestBytes: 14 * KIB,
  successions: 32,
  linkCharacters: 8 * KIB,
  envelopeBytes: MIB,
  batchBytes: 4 * MIB,
  inflateRatio: 64,
  batchMessages: 2_000,
  replacedBatches: 8,
  messageBytes: 64 * KIB,
} as const;

/** How far two clocks may differ before a statement counts as too early or too late. */
export const CLOCK_TOLERANCE_SECONDS = 60;

/** The part of the limits that a peer must know to stay under them: named in the manifest, the probe and the settings. */
export const wireLimits = {
  envelopeBytes: limits.envelopeBytes,
  batchBytes: limits.batchBytes,
  batchMessages: limits.batchMessages,
  messageBytes: limits.messageBytes,
} as const;
