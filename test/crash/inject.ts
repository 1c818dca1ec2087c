import type { CrashPair } from './crash-pair.ts';
import type { FaultPoint } from './fault-points.ts';

export type Injected = {
  /** Whether the process was struck. */
  readonly happened: () => boolean;
  /** Resolves once it was. */
  readonly done: Promise<void>;
  remove(): void;
};

/** Sets one fault point on a pair that is about to go through it. */
export function inject(pair: CrashPair, point: FaultPoint): Injected {
  let happened = false;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const strike = async () => {
    happened = true;
    await pair[point.strikes].strike();
    resolve();
  };
  const { method, path, nth } = point;
  const remove = pair[point.to].proxy.set({
    method,
    path,
    nth,
    fault: async (send) => {
      if (point.when === 'before') {
        await strike();
        return 'lost';
      }
      const answer = await send();
      await strike();
      return point.answer === 'passed' ? answer : 'lost';
    },
  });
  return { happened: () => happened, done, remove };
}
