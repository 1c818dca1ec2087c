import type { ComponentStatus } from '../../../src/keys/contract.ts';
import type { Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';
import { strings } from './strings.ts';

export const componentTones: Record<ComponentStatus, Tone> = {
  operational: 'good',
  degraded: 'warn',
  malfunction: 'bad',
  disabled: 'idle',
};

export const ComponentBadge = ({ status }: { status: ComponentStatus }) => (
  <StateBadge words={strings.statuses[status]} tone={componentTones[status]} />
);
