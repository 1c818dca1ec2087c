import { type Clock, later, MINUTE_MS, SECOND_MS } from '../kernel/index.ts';
import type { DatabaseLog, Db } from '../platform/db/index.ts';
import type { Endpoint } from '../platform/http/index.ts';
import { repeat } from '../platform/jobs/index.ts';
import type { Signer } from '../protocol/index.ts';
import { chainEntries } from './chain-entries.ts';
import type { HeadKey } from './head.ts';
import { auditEndpoints } from './routes.ts';
import { signHeadIfDue } from './sign-head.ts';

export type AuditDeps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: DatabaseLog;
  /** Signs heads; may refuse while the instance is sealed, then the next look tries again. */
  readonly signer: Signer;
  /** Every key that has ever signed a head and may still verify. */
  readonly headKeys: () => Promise<readonly HeadKey[]>;
};

export type Audit = {
  readonly endpoints: Endpoint[];
  /** Chains what is there and signs a head when one is due. start() does it every second. */
  keepChain(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

const LOOK_EVERY_MS = SECOND_MS;
const SIGN_AGAIN_MS = MINUTE_MS;

/** The audit log of this instance. Rooms write to it with recordAudit; this looks after what they wrote. */
export function createAudit(deps: AuditDeps): Audit {
  const { clock, log } = deps;
  let looking: { stop(): Promise<void> } | undefined;
  let signAgainAt = clock.now();

  async function keepChain(): Promise<void> {
    await chainEntries(deps);
    if (clock.now() < signAgainAt) return;
    try {
      await signHeadIfDue(deps);
    } catch (error) {
      // Sealed, or without an active key: chaining goes on, and the log is not filled with one fact.
      signAgainAt = later(clock.now(), SIGN_AGAIN_MS);
      log.warn({ err: error }, 'the head of the audit log is not signed; trying again in a minute');
    }
  }
  return {
    endpoints: auditEndpoints(deps),
    keepChain,
    start() {
      looking ??= repeat(LOOK_EVERY_MS, keepChain, (error) =>
        log.warn({ err: error }, 'the audit log cannot be chained; trying again'),
      );
    },
    async stop() {
      await looking?.stop();
    },
  };
}
