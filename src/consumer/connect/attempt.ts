import type { Machine } from '../../kernel/state-machine.ts';

/**
 * One try to connect, as the consumer sees it (docs/protocol/states.md). The steps ending in -ing are stored before the
 * message leaves, so whoever finds one after a crash sends the same message again.
 */
export type AttemptStep =
  | 'greeting'
  | 'authorising'
  | 'redeeming'
  | 'confirming'
  | 'testing'
  | 'prepared'
  | 'connected'
  | 'aborted';

export type AttemptEvent =
  | 'greeted'
  | 'called-back'
  | 'redeemed'
  | 'confirmed'
  | 'proved'
  | 'committed'
  | 'abort'
  | 'provider-aborted';

/** In `prepared` the provider may already have decided, so only its commit or its signed `aborted` leads out. */
export const attemptMachine: Machine<AttemptStep, AttemptEvent> = {
  greeting: { greeted: 'authorising', abort: 'aborted' },
  authorising: { 'called-back': 'redeeming', abort: 'aborted', 'provider-aborted': 'aborted' },
  redeeming: { redeemed: 'confirming', abort: 'aborted', 'provider-aborted': 'aborted' },
  confirming: { confirmed: 'testing', abort: 'aborted', 'provider-aborted': 'aborted' },
  testing: { proved: 'prepared', abort: 'aborted', 'provider-aborted': 'aborted' },
  prepared: { committed: 'connected', 'provider-aborted': 'aborted' },
  connected: {},
  aborted: {},
};

export const attemptSteps = {
  greeting: 'Presenting the link and fresh keys to the provider.',
  authorising: 'Waiting for the contact to sign in at the provider and allow.',
  redeeming: 'The contact has allowed; collecting the proof of it.',
  confirming: 'Confirming the exchanged keys.',
  testing: 'Proving both directions and exchanging settings.',
  prepared: 'Ready; waiting for the provider to commit.',
  connected: 'Connected.',
  aborted: 'This attempt ended without a connection.',
} as const satisfies Record<AttemptStep, string>;

export const attemptStepNames = Object.keys(attemptSteps) as [AttemptStep, ...AttemptStep[]];
