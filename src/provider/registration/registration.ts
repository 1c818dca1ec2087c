import { type Id, idType } from '../../kernel/ids.ts';
import type { Machine } from '../../kernel/state-machine.ts';

export type RegistrationId = Id<'reg'>;
export const registrationId = idType('reg');

export type RegistrationState =
  | 'awaiting-validation'
  | 'validation-failed'
  | 'open'
  | 'work-in-progress'
  | 'closed-complete'
  | 'closed-incomplete'
  | 'cancelled';

export type RegistrationEvent =
  | 'scan-passed'
  | 'scan-failed'
  | 'contact-replaced'
  | 'consented'
  | 'attempt-ended'
  | 'acknowledged'
  | 'regenerate-link'
  | 'cancel';

/** docs/protocol/states.md, ST-01. From work-in-progress a cancellation closes the record incomplete; once committed it is refused by the attempt's own table. */
export const registrationMachine: Machine<RegistrationState, RegistrationEvent> = {
  'awaiting-validation': {
    'scan-passed': 'open',
    'scan-failed': 'validation-failed',
    'contact-replaced': 'awaiting-validation',
    cancel: 'cancelled',
  },
  'validation-failed': {
    'scan-passed': 'open',
    'scan-failed': 'validation-failed',
    'contact-replaced': 'awaiting-validation',
    cancel: 'cancelled',
  },
  open: {
    consented: 'work-in-progress',
    'attempt-ended': 'open',
    'contact-replaced': 'awaiting-validation',
    'regenerate-link': 'open',
    cancel: 'cancelled',
  },
  'work-in-progress': {
    acknowledged: 'closed-complete',
    'attempt-ended': 'open',
    'contact-replaced': 'awaiting-validation',
    cancel: 'closed-incomplete',
  },
  'closed-complete': {},
  'closed-incomplete': {},
  cancelled: {},
};

/** The words on the screen, what they mean and what to do next: said once, here. */
export const registrationStates = {
  'awaiting-validation': {
    label: 'Awaiting Validation',
    meaning: 'The pre-onboarding suite is checking both instances.',
    next: 'Nothing to do: the checks finish by themselves.',
  },
  'validation-failed': {
    label: 'Validation Failed',
    meaning: 'At least one pre-onboarding check did not pass. No registration link exists.',
    next: 'Resolve the issues in the Health Dashboard; the registration then opens by itself.',
  },
  open: {
    label: 'Open',
    meaning: 'The registration link exists. The contact can connect.',
    next: 'Make sure the contact has the link, by mail or from the work note.',
  },
  'work-in-progress': {
    label: 'Work in Progress',
    meaning: 'The contact has given consent; the instances are exchanging keys and proving both directions.',
    next: 'Nothing to do: the steps finish by themselves.',
  },
  'closed-complete': {
    label: 'Closed Complete',
    meaning: 'Both instances are connected.',
    next: 'See the connection under Consumers.',
  },
  'closed-incomplete': {
    label: 'Closed Incomplete',
    meaning: 'Cancelled after consent; nothing of the connection was kept.',
    next: 'Register the consumer again when both sides are ready.',
  },
  cancelled: {
    label: 'Cancelled',
    meaning: 'Cancelled before consent; its link is no longer valid.',
    next: 'Register the consumer again if it is still wanted.',
  },
} as const satisfies Record<RegistrationState, { label: string; meaning: string; next: string }>;

export const registrationStateNames = Object.keys(registrationStates) as [RegistrationState, ...RegistrationState[]];
