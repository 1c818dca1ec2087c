import { err, Problem, type Result } from '../kernel/index.ts';
import type { HttpPlugin } from '../platform/http/index.ts';
import { type Consent, consentOf } from './consent.ts';
import { resourceOf } from './consent-detail.ts';
import { testKey } from './key-test.ts';
import { type EngineDeps, oauthEngine } from './oauth-engine.ts';
import { oauthPlugin } from './oauth-plugin.ts';
import { type ResourceGuard, resourceGuard } from './resource-guard.ts';

export type AuthorizationServerDeps = EngineDeps;

export type AuthorizationServer = Consent & {
  readonly issuer: string;
  readonly resource: string;
  /** /oauth/* and the two well-known documents. */
  readonly plugin: HttpPlugin;
  readonly guard: ResourceGuard;
  /** Whether a token can be signed and verified now (CHK-04). The error is a sentence. */
  selfTest(): Promise<Result<void, string>>;
};

export function createAuthorizationServer(deps: AuthorizationServerDeps): AuthorizationServer {
  const engine = oauthEngine(deps);
  return {
    issuer: deps.origin,
    resource: resourceOf(deps.origin),
    plugin: oauthPlugin({ engine, origin: deps.origin, cookies: deps.cookies }),
    guard: resourceGuard(deps),
    ...consentOf(engine, deps.origin),
    selfTest: () => selfTest(deps, engine),
  };
}

async function selfTest(deps: AuthorizationServerDeps, engine: () => Promise<unknown>): Promise<Result<void, string>> {
  try {
    await engine();
  } catch (error) {
    if (error instanceof Problem) return err(error.message);
    throw error;
  }
  return testKey(deps, 'sx.oauth.as');
}
