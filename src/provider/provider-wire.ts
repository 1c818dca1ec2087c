import type { WireRoute } from '../link/index.ts';
import type { ProviderDeps } from './deps.ts';
import { confirmRoute } from './onboarding/answer-confirm.ts';
import { helloRoute } from './onboarding/answer-hello.ts';
import { preparedRoute } from './onboarding/answer-prepared.ts';
import { abortRoute, statusRoute } from './onboarding/answer-status.ts';

/** What a consumer may say to a provider while it is being connected. */
export const providerWireRoutes = (deps: ProviderDeps): WireRoute[] => [
  helloRoute(deps),
  confirmRoute(deps),
  preparedRoute(deps),
  statusRoute(deps),
  abortRoute(deps),
];
