/** A finite system: states are numbers, moves go from one to others. */
export type System = {
  readonly initial: number;
  /** Calls `to` with every state that one move leads to. */
  readonly moves: (state: number, to: (next: number) => void) => void;
};

/** Every reachable state, named by its index. */
export type Graph = {
  readonly states: readonly number[];
  /** The states from which at least one of those where `goal` holds can be reached, as 1 in the answer. */
  readonly canReach: (goal: (state: number) => boolean) => Uint8Array;
};

/** Visits everything that can happen, breadth first. */
export function explore(system: System): Graph {
  const states: number[] = [system.initial];
  const indices = new Map<number, number>([[system.initial, 0]]);
  const sources = growing();
  const targets = growing();
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at] ?? 0;
    system.moves(state, (next) => {
      if (next === state) return;
      let index = indices.get(next);
      if (index === undefined) {
        index = states.length;
        indices.set(next, index);
        states.push(next);
      }
      sources.push(at);
      targets.push(index);
    });
  }
  return {
    states,
    canReach: (goal) => backwards(states, sources.values(), targets.values(), goal),
  };
}

function backwards(
  states: readonly number[],
  sources: Int32Array,
  targets: Int32Array,
  goal: (state: number) => boolean,
): Uint8Array {
  const starts = new Int32Array(states.length + 1);
  for (const target of targets) starts[target + 1] = (starts[target + 1] ?? 0) + 1;
  for (let at = 0; at < states.length; at += 1) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  const filled = starts.slice();
  const predecessors = new Int32Array(targets.length);
  for (let edge = 0; edge < targets.length; edge += 1) {
    const target = targets[edge] ?? 0;
    const place = filled[target] ?? 0;
    predecessors[place] = sources[edge] ?? 0;
    filled[target] = place + 1;
  }
  const reaching = new Uint8Array(states.length);
  const queue = states.flatMap((state, index) => (goal(state) ? [index] : []));
  for (const index of queue) reaching[index] = 1;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (let edge = starts[next] ?? 0; edge < (starts[next + 1] ?? 0); edge += 1) {
      const before = predecessors[edge] ?? 0;
      if (reaching[before] === 1) continue;
      reaching[before] = 1;
      queue.push(before);
    }
  }
  return reaching;
}

function growing() {
  let array = new Int32Array(1 << 16);
  let used = 0;
  return {
    push: (value: number) => {
      if (used === array.length) {
        const larger = new Int32Array(array.length * 2);
        larger.set(array);
        array = larger;
      }
      array[used] = value;
      used += 1;
    },
    values: () => array.subarray(0, used),
  };
}
