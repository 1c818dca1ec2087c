import { providerConnectionStates } from '../../../src/consumer/contract.ts';
import type { Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';

export type ProviderConnectionState = keyof typeof providerConnectionStates;

/** Only a proven connection is green. */
const tones: Record<ProviderConnectionState, Tone> = {
  new: 'idle',
  'awaiting-validation': 'busy',
  'validation-failed': 'bad',
  validated: 'busy',
  connecting: 'busy',
  onboarded: 'good',
};

export const ProviderConnectionBadge = ({ state }: { state: ProviderConnectionState }) => (
  <StateBadge words={providerConnectionStates[state]} tone={tones[state]} />
);
