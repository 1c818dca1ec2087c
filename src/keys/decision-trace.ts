import { type Clock, idType, type Random } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { Decision, Use } from './access-policy.ts';
import { type DecisionRow, insertDecisions } from './decision-repo.ts';
import { keyEvents } from './key-events.ts';

const decisionId = idType('dec');

export type DecisionTrace = {
  /** Remembers a refused or flagged use. Touches no database: uses happen inside transactions. */
  note(use: Use, outcome: 'refused' | 'flagged', decision: Pick<Decision, 'reason' | 'policies'>): void;
  /** Writes down what was noted since; called by the light check. */
  flush(): Promise<void>;
};

// NOTE distinct decisions between two flushes: a program that is refused loops over a few, so more is a flood to cut off.
const MOST_PENDING = 500;

export function decisionTrace(deps: { db: Db; clock: Clock; random: Random }): DecisionTrace {
  let pending = new Map<string, DecisionRow>();
  return {
    note(use, outcome, { reason, policies }) {
      const name = [use.subject, use.module, use.operation, outcome, reason].join('\n');
      const known = pending.get(name);
      if (known === undefined && pending.size >= MOST_PENDING) return;
      pending.set(name, {
        id: known?.id ?? decisionId.create(deps.random),
        ...use,
        outcome,
        reason,
        policies: [...policies],
        count: (known?.count ?? 0) + 1,
        at: deps.clock.now(),
      });
    },
    async flush() {
      if (pending.size === 0) return;
      const rows = [...pending.values()];
      pending = new Map();
      await transact(deps.db, async (tx) => {
        await insertDecisions(tx, rows);
        for (const row of rows) if (row.outcome === 'refused') await keyEvents.useRefused(tx, deps.clock, row);
      });
    },
  };
}
