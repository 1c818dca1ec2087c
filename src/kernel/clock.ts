/** Where time comes from. Nothing below main.ts reads the wall clock by itself, so a test can move it. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const later = (instant: Date, milliseconds: number): Date => new Date(instant.getTime() + milliseconds);

/** Whole seconds since 1970, as JWT dates are written (RFC 7519 section 2, NumericDate). */
export const epochSeconds = (instant: Date): number => Math.floor(instant.getTime() / SECOND_MS);
