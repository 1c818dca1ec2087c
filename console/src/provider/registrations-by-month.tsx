import type { OutputOf } from '../../../src/kernel/route.ts';
import { readRegistrationsByMonth, registrationStates } from '../../../src/provider/contract.ts';
import { useRead } from '../api/queries.ts';
import { BarTable } from '../shell/bar-table.tsx';
import { Card } from '../shell/page.tsx';
import { type RegistrationState, tones } from './registration-state.tsx';
import { strings } from './strings.ts';

type Month = OutputOf<typeof readRegistrationsByMonth>['months'][number];

const states = Object.keys(registrationStates) as RegistrationState[];
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** What became of the registrations of each month: absent while there are none. */
export function RegistrationsByMonth() {
  const months = useRead(readRegistrationsByMonth, {}).data?.months ?? [];
  if (months.length === 0) return null;
  const most = Math.max(...months.map(totalOf));
  return (
    <Card title={strings.byMonth}>
      <BarTable
        caption={strings.byMonth}
        most={most}
        bars={months.map((month) => ({
          key: month.month,
          label: monthName.format(new Date(`${month.month}-01T00:00:00Z`)),
          parts: states.map((state) => ({ key: state, tone: tones[state], value: month.states[state] ?? 0 })),
          words: wordsOf(month),
        }))}
      />
    </Card>
  );
}

const totalOf = ({ states: counts }: Month): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

const wordsOf = ({ states: counts }: Month): string =>
  states
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${counts[state]} ${registrationStates[state].label}`)
    .join(', ');
