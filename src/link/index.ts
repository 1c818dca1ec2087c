import type { Migration } from '../platform/db/index.ts';
import { linkMigration } from './migrations/0001-link.ts';
import { suspensionMigration } from './migrations/0002-suspension.ts';
import { manifestSeenMigration } from './migrations/0003-manifest-seen.ts';
import { safetyComparisonMigration } from './migrations/0004-safety-comparison.ts';
import { signedAnewMigration } from './migrations/0005-signed-anew.ts';

export type { ActivityKind, ActivityView } from './activity/activity.ts';
export { type ActivityRow, listActivity } from './activity/activity-repo.ts';
export { writeActivity } from './activity/write-activity.ts';
export { connectionChecks } from './checks/connection-checks.ts';
export { healthChecks } from './checks/health-checks.ts';
export { instanceChecks } from './checks/instance-checks.ts';
export { type PeerUnderTest, peerChecks } from './checks/peer-checks.ts';
export { staleChecks } from './checks/stale-checks.ts';
export type { ValidationView } from './checks-view.ts';
export { compareSafetyNumber, safetyComparisonWith } from './compare-safety-number.ts';
export { type ConnectionId, type ConnectionStatus, connectionId, type Side } from './connection.ts';
export {
  type Connection,
  findConnection,
  findLiveConnection,
  peerOfConnection,
  setConnectionStatus,
} from './connection-repo.ts';
export type { ConnectionView } from './connection-view.ts';
export { announceKeys } from './control/announce-keys.ts';
export { linkJobHandlers } from './control/control-job-handlers.ts';
export { deliverControl } from './control/control-jobs.ts';
export { listGivenReceipts } from './control/control-repo.ts';
export { peersHaveSeen } from './control/peers-have-seen.ts';
export { receiveBatchRoute } from './control/receive-control.ts';
export { type Proof, proofOf, sendTest } from './control/two-way-proof.ts';
export { describeConnection } from './describe-connection.ts';
export { dropPendingConnection } from './drop-connection.ts';
export { accountOwner, openConnection } from './open-connection.ts';
export { clockWitnesses } from './peer/clock-witnesses.ts';
export { observePeer, type PeerFailure, type PeerObservation } from './peer/observe-peer.ts';
export { findPeer, type PeerRow } from './peer/peer-repo.ts';
export { discoveryPlugin, type OwnIdentity, probeRoute } from './peer/peer-wire.ts';
export { acceptManifest, learnOfPeer, openFromPeer, pinnedManifest } from './peer/pinned-peer.ts';
export { postStatement, readAnswer, type WireFailure } from './peer/post-statement.ts';
export { renewClientKeys } from './peer/renew-client-keys.ts';
export { visitPeer } from './peer/visit-peer.ts';
export { POST_ONBOARDING, requestPostOnboarding } from './request-post-onboarding.ts';
export { type OwnFingerprint, safetyNumberWith } from './safety-number-with.ts';
export { linkSealedColumns } from './sealed-columns.ts';
export { SxRefusal, type WireRoute, wirePlugin } from './wire.ts';

export const linkMigrations: readonly Migration[] = [
  linkMigration,
  suspensionMigration,
  manifestSeenMigration,
  safetyComparisonMigration,
  signedAnewMigration,
];
