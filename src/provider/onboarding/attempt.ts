import type { Machine } from '../../kernel/state-machine.ts';

/** One try of one consumer to connect, as the provider sees it (docs/protocol/states.md). */
export type AttemptStep = 'claimed' | 'authorised' | 'keyed' | 'committed' | 'connected' | 'aborted';

export type AttemptEvent = 'allow' | 'confirm' | 'prepared' | 'acknowledged' | 'abort';

/** `committed` is the one decision: from there the attempt can only be acknowledged, never aborted. */
export const attemptMachine: Machine<AttemptStep, AttemptEvent> = {
  claimed: { allow: 'authorised', abort: 'aborted' },
  authorised: { allow: 'authorised', confirm: 'keyed', abort: 'aborted' },
  keyed: { prepared: 'committed', abort: 'aborted' },
  committed: { acknowledged: 'connected' },
  connected: {},
  aborted: {},
};

export const attemptSteps = {
  claimed: 'The consumer has presented the link; its admin is on the way to the consent page.',
  authorised: 'The contact has allowed the connection.',
  keyed: 'Keys are exchanged; both directions are being proved.',
  committed: 'The provider has decided to connect and is telling the consumer.',
  connected: 'The consumer has acknowledged.',
  aborted: 'This attempt ended without a connection.',
} as const satisfies Record<AttemptStep, string>;

export const attemptStepNames = Object.keys(attemptSteps) as [AttemptStep, ...AttemptStep[]];
