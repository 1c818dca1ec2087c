import { registrationStates } from '../../../src/provider/contract.ts';
import type { Tone } from '../shell/page.tsx';
import { StateBadge } from '../shell/state-badge.tsx';

export type RegistrationState = keyof typeof registrationStates;

/** Only a proven connection is green. */
export const tones: Record<RegistrationState, Tone> = {
  'awaiting-validation': 'busy',
  'validation-failed': 'bad',
  open: 'busy',
  'work-in-progress': 'busy',
  'closed-complete': 'good',
  'closed-incomplete': 'idle',
  cancelled: 'idle',
};

export const RegistrationBadge = ({ state }: { state: RegistrationState }) => (
  <StateBadge words={registrationStates[state]} tone={tones[state]} />
);
