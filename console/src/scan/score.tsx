import { Tooltip } from '@mantine/core';
import { useId } from 'react';
import { healthWeights, priorities } from '../../../src/scan/contract.ts';
import css from './scan.module.css';
import { strings } from './strings.ts';

/** The formula as the server has it (docs/health.md). */
const formula = strings.scoreFormula(
  priorities
    .map((priority) => `${healthWeights[priority]} ${strings.scoreFor(strings.priorities[priority])}`)
    .join(', '),
);

/** The health score; hover or focus tells how it is made, and a screen reader hears it at once (HLT-05). */
export function Score({ score }: { score: number | null }) {
  const description = useId();
  return (
    <>
      <Tooltip label={formula} multiline w={320} events={{ hover: true, focus: true, touch: true }}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the formula must be within reach of the keyboard */}
        <p className={css.score} tabIndex={0} aria-describedby={description}>
          {score === null ? strings.noScore : strings.percent(score)}
        </p>
      </Tooltip>
      <span id={description} hidden>
        {formula}
      </span>
    </>
  );
}
