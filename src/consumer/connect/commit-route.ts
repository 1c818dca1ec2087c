import { SxRefusal, type WireRoute } from '../../link/index.ts';
import { claimsFor, peekStatement, signStatement, statements } from '../../protocol/index.ts';
import type { ConsumerDeps } from '../deps.ts';
import { findByRegistration } from '../provider-connection-repo.ts';
import { becomeConnected } from './become-connected.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'random' | 'jobs' | 'changes' | 'peerFetch' | 'signer' | 'ownId'>;

/** POST /sx/v1/onboard/{reg}/commit: the provider pushes its decision; the acknowledgement is what closes its registration. */
export const commitRoute = (deps: Deps): WireRoute => ({
  method: 'POST',
  path: '/sx/v1/onboard/:reg/commit',
  maxBytes: statements.commit.maxBytes,
  answer: async (compact, request) => {
    const { reg } = request.params as { reg: string };
    const claimed = peekStatement('commit', compact);
    if (!claimed.ok) throw new SxRefusal('sx_malformed', `commit ${claimed.error.code}`);
    const record = await findByRegistration(deps.db, claimed.value.iss, reg);
    if (record === undefined) throw new SxRefusal('sx_refused', 'commit for an unknown registration');
    const connected = await becomeConnected(deps, record, compact);
    if (!connected.ok) {
      const early = connected.error === 'early';
      throw new SxRefusal(early ? 'sx_pending' : 'sx_refused', `commit ${connected.error}`, early ? { after: 1 } : {});
    }
    const { att, th4, conn } = connected.value;
    return signStatement(deps.signer, 'commitAck', {
      ...claimsFor('commitAck', {
        issuer: deps.ownId(),
        audience: record.provider_instance_id,
        now: deps.clock.now(),
        random: deps.random,
      }),
      reg,
      att,
      step: 'commit-ack',
      th4,
      conn,
    });
  },
});
