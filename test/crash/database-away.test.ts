import { describe, expect, test } from 'vitest';
import { onServer, SERVER_VARIABLE } from '../harness/postgres-server.ts';
import { expectConnectedOnce } from './aftermath.ts';
import type { SideName } from './fault-points.ts';
import { connect } from './onboard.ts';
import { withValidatedPair } from './pair-pool.ts';

const postgres = process.env[SERVER_VARIABLE] !== undefined;

/** What a restart or a failover of the server does: every connection to the database ends, whatever it is doing. */
const endConnections = (url: string): Promise<unknown> =>
  onServer(url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  );

const SIDES: readonly SideName[] = ['provider', 'consumer'];

describe.runIf(postgres)('REG-77 REG-87 the database server ends all connections while a request is under way', () => {
  for (const side of SIDES) {
    test(`of the ${side}: once at each request that onboarding sends to it; the process goes on, and both end connected`, () =>
      withValidatedPair(async (pair, numbers) => {
        const { databaseUrl = '', proxy } = pair[side];
        const struck = new Set<string>();
        const rules = (['POST', 'PUT'] as const).map((method) =>
          proxy.set({
            method,
            path: /^\/(sx\/v1|oauth\/token)/,
            nth: 'all',
            fault: async (send, path) => {
              // A second time it passes: the server is up again by then.
              if (struck.has(path)) return send();
              struck.add(path);
              const [answer] = await Promise.all([send(), endConnections(databaseUrl)]);
              return answer;
            },
          }),
        );
        await connect(pair, numbers);
        for (const remove of rules) remove();
        expect(struck.size).toBeGreaterThanOrEqual(side === 'provider' ? 5 : 3);
        await expectConnectedOnce(pair, numbers);
      }));
  }
});
