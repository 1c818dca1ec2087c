import type { OAuthClient } from '../access/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import type { Sealer } from '../keys/index.ts';
import type { OwnFingerprint } from '../link/index.ts';
import type { Changes } from '../platform/changes.ts';
import type { Db } from '../platform/db/database.ts';
import type { Jobs } from '../platform/jobs/job.ts';
import type { PeerFetch } from '../platform/peer-fetch/index.ts';
import type { InstanceId, Signer } from '../protocol/index.ts';

/** What main.ts hands to this room. Each use-case names the part it needs. */
export type ConsumerDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  readonly changes: Changes;
  readonly peerFetch: PeerFetch;
  /** Module sx.sign. */
  readonly signer: Signer;
  /** Modules sx.invite and sx.session. */
  readonly inviteSealer: Sealer;
  readonly sessionSealer: Sealer;
  /** The key that OAuth client assertions are signed with, by its thumbprint. */
  readonly clientKeyId: () => Promise<string>;
  readonly ownId: () => InstanceId;
  readonly ownManifest: () => string;
  readonly ownFingerprint: OwnFingerprint;
  /** Origin of the public address; null while it is not configured. */
  readonly origin: string | null;
  readonly version: string;
  readonly oauth: OAuthClient;
  /** Throws KeysUnhealthy while a required component of key management is broken. Not inside a transaction. */
  readonly requireHealthyKeys: () => Promise<void>;
};
