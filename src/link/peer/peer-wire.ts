import type { Clock, Random } from '../../kernel/index.ts';
import type { HttpPlugin } from '../../platform/http/endpoint.ts';
import {
  claimsFor,
  DISCOVERY_PATH,
  type InstanceId,
  PROTOCOL_VERSION,
  peekStatement,
  type Signer,
  SUITE,
  signStatement,
  statements,
  wireLimits,
} from '../../protocol/index.ts';
import { SxRefusal, type WireRoute } from '../wire.ts';

export type OwnIdentity = {
  readonly id: InstanceId;
  readonly genesis: Record<string, unknown>;
  readonly log: readonly string[];
  readonly manifest: string | null;
};

type Deps = {
  clock: Clock;
  random: Random;
  signer: Signer;
  origin: string | null;
  identity: () => OwnIdentity;
  sealed: () => boolean;
};

/** GET /.well-known/sx-instance: who this instance is, in a form that proves itself. */
export const discoveryPlugin =
  (deps: Deps): HttpPlugin =>
  (app) => {
    app.get(DISCOVERY_PATH, async (_request, reply) => {
      const identity = deps.sealed() ? null : deps.identity();
      if (identity?.manifest == null) {
        return reply.code(503).header('retry-after', '30').send({ error: 'sx_unavailable' });
      }
      return reply.header('cache-control', 'max-age=300').send({
        sx: '1',
        id: identity.id,
        genesis: identity.genesis,
        log: identity.log,
        manifest: identity.manifest,
        now: deps.clock.now().toISOString(),
      });
    });
  };

/**
 * POST /sx/v1/probe: signs the caller's nonce. The caller's identity is not fetched to check its signature, so a probe can
 * not make this instance call anybody.
 */
export const probeRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/probe',
  maxBytes: statements.probe.maxBytes,
  answer: async (body) => {
    const identity = deps.identity();
    const probe = peekStatement('probe', body);
    if (!probe.ok) throw new SxRefusal('sx_malformed', `probe ${probe.error.code}`);
    if (probe.value.aud !== identity.id || deps.origin === null)
      throw new SxRefusal('sx_refused', 'probe for another instance');
    const now = deps.clock.now();
    return signStatement(deps.signer, 'probeAck', {
      ...claimsFor('probeAck', { issuer: identity.id, audience: probe.value.iss, now, random: deps.random }),
      nonce: probe.value.nonce,
      id: identity.id,
      origin: deps.origin,
      now: now.toISOString(),
      vers: [PROTOCOL_VERSION],
      suites: [SUITE],
      limits: { ...wireLimits },
    });
  },
});
