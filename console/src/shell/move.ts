import type { StateWords } from './state-badge.tsx';

/** Whether a state table has a move from here, and what the state is called where it has none. */
export type Move = { readonly possible: boolean; readonly state: string };

type EventOf<Rows> = Rows extends object ? keyof Rows : never;

/** Asks the room's own state table, so that a button and the instance never disagree. */
export const moveOf = <M extends Readonly<Record<string, object>>>(
  machine: M,
  words: Readonly<Record<keyof M, StateWords>>,
  state: keyof M,
  event: EventOf<M[keyof M]>,
): Move => ({ possible: event in (machine[state] ?? {}), state: words[state].label });
