import type { OutputOf } from '../../../src/kernel/route.ts';
import type { listRuns } from '../../../src/scan/contract.ts';
import type { Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings } from './strings.ts';

export type RunSummary = OutputOf<typeof listRuns>['items'][number];

const tones: Record<keyof typeof strings.runStates, Tone> = {
  queued: 'idle',
  running: 'busy',
  passed: 'good',
  found: 'bad',
  failed: 'bad',
  cancelled: 'idle',
};

/** How a run stands: a complete one by what it found. */
export function RunBadge({ run }: { run: Pick<RunSummary, 'status' | 'outcome'> }) {
  const state = run.status === 'complete' ? (run.outcome === 'passed' ? 'passed' : 'found') : run.status;
  return <StateBadge words={strings.runStates[state]} tone={tones[state]} />;
}
