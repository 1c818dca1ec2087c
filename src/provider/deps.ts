import type { OAuthClient, ResourceGuard } from '../access/index.ts';
import type { Clock, Random } from '../kernel/index.ts';
import type { Sealer } from '../keys/index.ts';
import type { OwnFingerprint } from '../link/index.ts';
import type { Changes } from '../platform/changes.ts';
import type { Db } from '../platform/db/database.ts';
import type { Jobs } from '../platform/jobs/job.ts';
import type { MailSender } from '../platform/mail/index.ts';
import type { PeerFetch, PeerRules } from '../platform/peer-fetch/index.ts';
import type { InstanceId, Signer } from '../protocol/index.ts';

/** What main.ts hands to this room. Each use-case names the part it needs. */
export type ProviderDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  readonly changes: Changes;
  readonly mail: MailSender;
  readonly peerFetch: PeerFetch;
  readonly peerRules: PeerRules;
  /** Module sx.sign. */
  readonly signer: Signer;
  /** Modules sx.invite and sx.session. */
  readonly inviteSealer: Sealer;
  readonly sessionSealer: Sealer;
  readonly ownId: () => InstanceId;
  readonly ownManifest: () => string;
  readonly ownFingerprint: OwnFingerprint;
  /** Origin of the public address; null while it is not configured. */
  readonly origin: string | null;
  readonly version: string;
  readonly guard: ResourceGuard;
  readonly oauth: OAuthClient;
  readonly adminMayConsent: boolean;
  /** Signs the manifest again after something it says has changed. Not inside a transaction. */
  readonly refreshManifest: () => Promise<void>;
  /** Throws KeysUnhealthy while a required component of key management is broken. Not inside a transaction. */
  readonly requireHealthyKeys: () => Promise<void>;
};
