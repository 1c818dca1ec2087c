import type { OutputOf } from '../../../src/kernel/route.ts';
import { listModules } from '../../../src/keys/contract.ts';
import { useRead } from '../api/queries.ts';
import { BarTable } from '../shell/bar-table.tsx';
import { Card, type Tone } from '../shell/page.tsx';
import { strings } from './strings.ts';

type Module = OutputOf<typeof listModules>['items'][number];

const DAY_MS = 86_400_000;
/** From here on its successor is near. */
const LATE = 0.9;

/** How much of its time each active key has been in use; whole bar: due to be replaced. */
export function KeyAge() {
  const answer = useRead(listModules, {});
  const modules = answer.data?.items ?? [];
  if (modules.length === 0) return null;
  const now = answer.dataUpdatedAt;
  return (
    <Card title={strings.keyAge}>
      <BarTable
        caption={strings.keyAge}
        most={1}
        bars={modules.map((module) => {
          const days = ageOf(module, now);
          const used = days === null ? 0 : days / module.activeDays;
          return {
            key: module.name,
            label: module.label,
            parts: [{ key: 'age', tone: toneOf(used), value: used }],
            words: days === null ? strings.noActive : strings.ageOf(days, module.activeDays),
          };
        })}
      />
    </Card>
  );
}

const toneOf = (used: number): Tone => (used >= 1 ? 'bad' : used >= LATE ? 'warn' : 'busy');

const ageOf = ({ activeSince }: Module, now: number): number | null =>
  activeSince === null ? null : Math.max(0, Math.floor((now - Date.parse(activeSince)) / DAY_MS));
