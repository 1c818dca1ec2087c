export { buildServer, type ServerDeps } from './build-server.ts';
export { type CookieNames, cookieNames } from './cookie-names.ts';
export {
  type Authenticate,
  type Authentication,
  type Call,
  type Endpoint,
  endpoint,
  type HttpPlugin,
  signedInActor,
} from './endpoint.ts';
export { addressOf } from './rate-limits.ts';
export type { Readiness, ReadinessPart } from './status-routes.ts';
