import { DAY_MS, HOUR_MS } from '../kernel/clock.ts';

/** How a person proved who they are, as RFC 8176 names it: a password, or a one-time link. */
export type AuthenticationMethod = 'pwd' | 'otp';

/** A working day with its breaks; whoever comes back the next morning signs in again. */
export const SESSION_IDLE_MS = 12 * HOUR_MS;
/** However busy the session: after a week the person proves again who they are. */
export const SESSION_ABSOLUTE_MS = 7 * DAY_MS;
/** How stale `lastSeenAt` may get. Each touch is a write; an idle limit of hours does not need it finer. */
export const SESSION_TOUCH_MS = 60_000;

export function isSessionOver(session: { readonly startedAt: Date; readonly lastSeenAt: Date }, now: Date): boolean {
  return (
    now.getTime() >= session.lastSeenAt.getTime() + SESSION_IDLE_MS ||
    now.getTime() >= session.startedAt.getTime() + SESSION_ABSOLUTE_MS
  );
}
