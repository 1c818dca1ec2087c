import { foldCase } from './plain-line.ts';

/** A LIKE pattern that finds what a person typed anywhere in a folded key, its own wildcards taken literally. */
export const containing = (typed: string): string =>
  `%${foldCase(typed.trim()).replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
