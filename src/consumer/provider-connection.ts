import { type Id, idType } from '../kernel/ids.ts';
import type { Machine } from '../kernel/state-machine.ts';

export type ProviderConnectionId = Id<'prc'>;
export const providerConnectionId = idType('prc');

export type ProviderConnectionState =
  | 'new'
  | 'awaiting-validation'
  | 'validation-failed'
  | 'validated'
  | 'connecting'
  | 'onboarded';

export type ProviderConnectionEvent =
  | 'company-saved'
  | 'link-renewed'
  | 'scan-passed'
  | 'scan-failed'
  | 'connect'
  | 'attempt-ended'
  | 'committed';

/** docs/protocol/states.md, ST-02. */
export const providerConnectionMachine: Machine<ProviderConnectionState, ProviderConnectionEvent> = {
  new: { 'company-saved': 'awaiting-validation', 'link-renewed': 'new' },
  'awaiting-validation': {
    'company-saved': 'awaiting-validation',
    'link-renewed': 'awaiting-validation',
    'scan-passed': 'validated',
    'scan-failed': 'validation-failed',
  },
  'validation-failed': {
    'company-saved': 'awaiting-validation',
    'link-renewed': 'awaiting-validation',
    'scan-passed': 'validated',
    'scan-failed': 'validation-failed',
  },
  validated: {
    'company-saved': 'awaiting-validation',
    'link-renewed': 'awaiting-validation',
    'scan-passed': 'validated',
    'scan-failed': 'validation-failed',
    connect: 'connecting',
  },
  connecting: { connect: 'connecting', 'attempt-ended': 'validated', committed: 'onboarded' },
  onboarded: {},
};

/** The words on the screen, what they mean and what to do next: said once, here. */
export const providerConnectionStates = {
  new: {
    label: 'New',
    meaning: 'The registration link was imported; nothing is shared yet.',
    next: 'Select the company that stands for the provider and save.',
  },
  'awaiting-validation': {
    label: 'Awaiting Validation',
    meaning: 'The pre-onboarding suite is checking both instances.',
    next: 'Nothing to do: the checks finish by themselves.',
  },
  'validation-failed': {
    label: 'Validation Failed',
    meaning: 'At least one pre-onboarding check did not pass.',
    next: 'Resolve the issues in the Health Dashboard; the record then turns Validated by itself.',
  },
  validated: {
    label: 'Validated',
    meaning: 'All checks passed.',
    next: 'Choose Connect to Provider and sign in there as the named contact.',
  },
  connecting: {
    label: 'Work in Progress',
    meaning: 'The connection is being made.',
    next: 'Give consent on the provider’s page if you have not; the rest finishes by itself.',
  },
  onboarded: {
    label: 'Onboarded',
    meaning: 'Both instances are connected.',
    next: 'Configure settings.',
  },
} as const satisfies Record<ProviderConnectionState, { label: string; meaning: string; next: string }>;

export const providerConnectionStateNames = Object.keys(providerConnectionStates) as [
  ProviderConnectionState,
  ...ProviderConnectionState[],
];
