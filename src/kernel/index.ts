export {
  type Actor,
  actorName,
  type PeerActor,
  type SystemActor,
  system,
  type UserActor,
  type UserId,
  userId,
} from './actor.ts';
export { type Clock, DAY_MS, epochSeconds, HOUR_MS, later, MINUTE_MS, SECOND_MS, systemClock } from './clock.ts';
export { csvColumnsOf, csvLine, csvPathOf, csvRouteOf, isList } from './csv.ts';
export { Html, html } from './html.ts';
export { type Id, type IdType, idType } from './ids.ts';
export { type Page, type PageQuery, pageOf, pageQuery, type Sort, sortBy } from './page.ts';
export {
  Conflict,
  type FieldError,
  Forbidden,
  InvalidInput,
  NotFound,
  Problem,
  TooManyRequests,
  Unauthenticated,
} from './problem.ts';
export { type Random, randomToken, systemRandom } from './random.ts';
export { err, ok, type Result } from './result.ts';
export { allOf, anyOf, anyone, type Permission, permits, type Role, roleNames, roles, signedIn } from './role.ts';
export { type CallOf, type OutputOf, type Route, route } from './route.ts';
export { Secret, secret } from './secret.ts';
export { type Machine, nextState } from './state-machine.ts';
export { uuidV7 } from './uuid.ts';
