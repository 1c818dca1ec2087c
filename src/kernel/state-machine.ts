/**
 * A state machine is a table: state -> event -> next state. The code that moves a row, the check constraint in the
 * database, the diagram in the docs and the buttons of the console are all read from one such constant.
 */
export type Machine<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** The state that `event` leads to, or undefined where the table has no such move. */
export function nextState<State extends string, Event extends string>(
  machine: Machine<State, Event>,
  from: State,
  event: Event,
): State | undefined {
  return machine[from][event];
}
