import type { WireRoute } from '../link/index.ts';
import { commitRoute } from './connect/commit-route.ts';
import type { ConsumerDeps } from './deps.ts';

/** What a provider may say to a consumer while it is being connected. */
export const consumerWireRoutes = (deps: ConsumerDeps): WireRoute[] => [commitRoute(deps)];
