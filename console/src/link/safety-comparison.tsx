import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import type { CallOf, Route } from '../../../src/kernel/route.ts';
import type { safetyComparisonView } from '../../../src/link/contract.ts';
import { type CallArguments, call } from '../api/client.ts';
import { ActButton } from '../shell/act-button.tsx';
import { Confirm } from '../shell/dialog.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { when } from '../shell/strings.ts';
import { SafetyNumber } from './safety-number.tsx';
import { strings } from './strings.ts';

type Props = {
  digits: string;
  comparison: z.output<typeof safetyComparisonView>;
  /** Notes the comparison on the record with this number. */
  confirm: Route;
  number: string;
};

/** The digits of a record, and whether somebody has heard the same ones from the other side. */
export function SafetyComparison({ digits, comparison, confirm, number }: Props) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const note = async () => {
    const args = { params: { number }, input: { safetyNumber: digits } } as unknown as CallOf<Route>;
    await call(confirm, ...([args] as unknown as CallArguments<Route>));
    await client.invalidateQueries();
  };
  return (
    <div style={{ display: 'grid', gap: 8, justifyItems: 'start' }}>
      <SafetyNumber digits={digits} />
      {comparison === null ? (
        <StateBadge words={strings.notCompared} tone="idle" />
      ) : (
        <span>
          <StateBadge words={strings.compared} tone="good" /> {strings.comparedBy(comparison.by, when(comparison.at))}
        </span>
      )}
      <ActButton
        route={confirm}
        input={{ safetyNumber: digits }}
        size="xs"
        variant="default"
        onClick={() => setAsking(true)}
      >
        {comparison === null ? strings.compare : strings.compareAgain}
      </ActButton>
      <Confirm
        title={strings.compareTitle}
        open={asking}
        onClose={() => setAsking(false)}
        confirm={strings.compareConfirm}
        action={note}
      >
        <p style={{ marginTop: 0 }}>{strings.compareBody}</p>
        <SafetyNumber digits={digits} />
      </Confirm>
    </div>
  );
}
