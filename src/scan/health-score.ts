import { type Priority, priorities } from './check.ts';

/**
 * Points that one open issue takes from a hundred (HLT-05, OQ-15). Two critical ones leave little, three nothing: the
 * number is for telling at a glance whether somebody has to look now. docs/health.md says the same in words.
 */
export const healthWeights: Readonly<Record<Priority, number>> = { critical: 40, high: 15, moderate: 5, low: 1 };

/** Whole percent. Muted issues count like the others: what is hidden is not repaired. */
export function healthScore(open: Readonly<Record<Priority, number>>): number {
  const lost = priorities.reduce((sum, priority) => sum + open[priority] * healthWeights[priority], 0);
  return Math.max(0, 100 - lost);
}
