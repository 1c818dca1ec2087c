export type { Zip } from './batch.ts';
export {
  type ConsumerEvent,
  type ConsumerRules,
  type ConsumerStep,
  consumerReaction,
  consumerRules,
  consumerSends,
  type FromConsumer,
  type FromProvider,
  type ProviderEvent,
  type ProviderRules,
  type ProviderStep,
  providerReaction,
  providerRules,
  providerSends,
  type Sends,
} from './commit-rules.ts';
export {
  DISCOVERY_PATH,
  type Discovery,
  type DiscoveryError,
  type PeerIdentity,
  type Pin,
  verifyDiscovery,
} from './discovery.ts';
export { base64url, fromBase64url, sha256 } from './encoding.ts';
export {
  type EnvelopeDraft,
  type EnvelopeError,
  type EnvelopeExpectation,
  type OpenedEnvelope,
  openEnvelope,
  peekEnvelope,
  type SealedEnvelope,
  sealEnvelope,
} from './envelope.ts';
export type { EnvelopeHeader, Epoch, LaneDirection } from './envelope-header.ts';
export { parseSxError, type SxErrorBody, type SxErrorCode, sxError, sxErrors } from './error-body.ts';
export {
  accessTokenHash,
  createEphemeral,
  decapsulate,
  deriveSchedule,
  encapsulate,
  fullTranscriptHash,
  type HandshakeInfo,
  type KemError,
  PROTOCOL_VERSION,
  type Schedule,
  SUITE,
  transcriptHash,
  transcriptOfHashes,
} from './handshake.ts';
export {
  createGenesis,
  type Genesis,
  type InstanceId,
  instanceIdOf,
} from './instance-id.ts';
export { canonicalJson, type JsonError } from './json.ts';
export { hashStatement } from './jws.ts';
export { CLOCK_TOLERANCE_SECONDS, limits, wireLimits } from './limits.ts';
export { confirmMac, inviteMac, type Side, secretHash, verifyConfirmMac, verifyInviteMac } from './macs.ts';
export {
  type KeyUse,
  MANIFEST_TYP,
  type Manifest,
  type ManifestError,
  manifestKeys,
  revokedKids,
  signManifest,
  verifyManifest,
} from './manifest.ts';
export {
  type ControlBody,
  type ControlMessage,
  type ControlType,
  type Message,
  type MessageError,
  readControlMessage,
} from './message.ts';
export { buildLink, LINK_SECRET_BYTES, type LinkError, parseLink, type RegistrationLink } from './registration-link.ts';
export { type Fingerprinted, safetyNumber } from './safety-number.ts';
export type { Ed25519PublicJwk, Signer, SigningKey } from './signer.ts';
export {
  claimsFor,
  openStatement,
  peekStatement,
  type StatementError,
  type StatementExpectation,
  signStatement,
} from './statement.ts';
export { type StatementBody, type StatementKind, statements } from './statements.ts';
export { currentRoot } from './succession.ts';
export { thumbprint, type VerificationKey } from './verification-key.ts';
