import type { PendingAuthorization } from '../../access/index.ts';
import type { PageSessions } from '../../directory/index.ts';
import { html } from '../../kernel/index.ts';
import { transact } from '../../platform/db/index.ts';
import type { HttpPlugin } from '../../platform/http/endpoint.ts';
import { advanceAttempt, redeemingKey } from '../consumer-jobs.ts';
import type { ConsumerDeps } from '../deps.ts';
import { providerConnectionId } from '../provider-connection.ts';
import {
  findProviderConnection,
  lockProviderConnection,
  type ProviderConnection,
} from '../provider-connection-repo.ts';
import { type Attempt, currentAttempt, moveAttempt } from './attempt-repo.ts';
import { openSecrets, sealSecrets } from './attempt-secrets.ts';

type Deps = Pick<ConsumerDeps, 'db' | 'clock' | 'jobs' | 'changes' | 'sessionSealer' | 'origin'> & {
  readonly sessions: Pick<PageSessions, 'currentUser'>;
};

/**
 * GET /sx/oauth/cb/{record}: the browser comes back from the provider. Only the person who started the attempt may bring the
 * answer, and only the answer to that attempt's own request is taken; anything else changes nothing (T4, T12). The code is
 * stored, sealed, and redeemed by a job, so that no restart loses it.
 */
export function callbackPlugin(deps: Deps): HttpPlugin {
  return (app) => {
    app.get('/sx/oauth/cb/:record', async (request, reply) => {
      const { record: id } = request.params as { record: string };
      reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
      const record = providerConnectionId.is(id) ? await findProviderConnection(deps.db, id) : undefined;
      const attempt = record && (await currentAttempt(deps.db, record.id));
      const user = await deps.sessions.currentUser(request);
      if (record === undefined || attempt === undefined || deps.origin === null)
        return reply.code(404).type('text/html').send(refusedPage());
      if (user === null || user.id !== attempt.started_by || !user.roles.has('admin')) {
        return reply.code(403).type('text/html').send(refusedPage());
      }
      const home = `/provider-connections/${record.number}`;
      if (attempt.step !== 'authorising') return reply.redirect(home, 303);
      const taken = await take(deps, record, attempt, new URL(request.url, deps.origin));
      return taken ? reply.redirect(home, 303) : reply.code(400).type('text/html').send(refusedPage());
    });
  };
}

async function take(deps: Deps, record: ProviderConnection, attempt: Attempt, url: URL): Promise<boolean> {
  const secrets = await openSecrets(deps.sessionSealer, attempt);
  if (secrets.pending === undefined || !isAnswerTo(secrets.pending, url.searchParams)) return false;
  const kept = await sealSecrets(deps.sessionSealer, attempt, { ...secrets, callbackUrl: url.href });
  return transact(deps.db, async (tx) => {
    await lockProviderConnection(tx, record.id);
    const now = deps.clock.now();
    const reached = { redeeming_at: now, sealed_secrets: kept };
    if (!(await moveAttempt(tx, attempt, 'authorising', 'redeeming', reached))) return true;
    const payload = { id: record.id, number: attempt.number };
    const singletonKey = redeemingKey(record.id, attempt.number);
    await deps.jobs.send(tx, advanceAttempt, payload, { singletonKey });
    await deps.changes.publish(tx, record.number);
    return true;
  });
}

/** State and issuer as they were sent, and a code or a refusal, each exactly once (RFC 6749 section 4.1.2, RFC 9207). */
function isAnswerTo(pending: PendingAuthorization, query: URLSearchParams): boolean {
  const only = (name: string): string | null => (query.getAll(name).length === 1 ? query.get(name) : null);
  const isDecision = (only('code') !== null) !== (only('error') !== null);
  return only('state') === pending.state && only('iss') === pending.issuer && isDecision;
}

const refusedPage = (): string =>
  html`<!doctype html>
    <html lang="en">
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>This answer was not taken</title></head>
      <body>
        <h1>This answer was not taken</h1>
        <p>It does not belong to an attempt that you started in this browser. Nothing was changed.</p>
        <p>Sign in, open Provider Connections and choose Connect to Provider again.</p>
        <p><a href="/">Open the console</a></p>
      </body>
    </html>`.text;
