import type { Machine } from '../kernel/index.ts';

/** Where a rotation in order stands; each is a row, so a process that dies goes on from it (protocol.md D.6, C.7). */
export const rotationPhases = ['observing', 'draining', 'retired', 'stopped'] as const;
export type RotationPhase = (typeof rotationPhases)[number];
export type RotationEvent = 'promote' | 'retire' | 'stop';

/** `stop`: somebody acted on one of the two keys meanwhile, and what was planned does not fit any more. */
export const rotationMachine = {
  observing: { promote: 'draining', stop: 'stopped' },
  draining: { retire: 'retired' },
  retired: {},
  stopped: {},
} as const satisfies Machine<RotationPhase, RotationEvent>;
