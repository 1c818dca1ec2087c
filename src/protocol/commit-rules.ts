/**
 * Which message does what, in which step of an attempt, on either side. Provider and consumer run these tables, and
 * test/model explores the very same ones over a network that loses, repeats and reorders. What is not listed is refused and
 * changes nothing. Source: docs/protocol/states.md.
 */

export type ProviderStep = 'none' | 'claimed' | 'authorised' | 'keyed' | 'committed' | 'connected' | 'aborted';
export type ProviderEvent = 'allow' | 'confirm' | 'prepared' | 'acknowledged' | 'abort';

export type ConsumerStep =
  | 'none'
  | 'greeting'
  | 'authorising'
  | 'redeeming'
  | 'confirming'
  | 'testing'
  | 'prepared'
  | 'connected'
  | 'aborted';
export type ConsumerEvent =
  | 'greeted'
  | 'called-back'
  | 'redeemed'
  | 'confirmed'
  | 'proved'
  | 'committed'
  | 'abort'
  | 'provider-aborted';

export type FromConsumer = 'hello' | 'confirm' | 'prepared' | 'commit-ack' | 'status-request' | 'abort';
/** `code` is the browser's return; `aborted` a signed status; a committed status counts as `commit`. */
export type FromProvider = 'hello-ack' | 'code' | 'confirm-ack' | 'commit' | 'aborted';

/** The attempt a message names, against the latest one kept. */
export type Relation = 'older' | 'same' | 'newer';

export const relationOf = (named: number, kept: number): Relation =>
  named === kept ? 'same' : named < kept ? 'older' : 'newer';

export type Reaction<Event, Answer> = {
  /** The move of the attempt kept; the state table decides where it leads. */
  readonly event?: Event;
  /** A new attempt begins (after `event` has ended the one kept). */
  readonly begins?: true;
  /** What goes back; without an event: what was answered before, or the standing decision. */
  readonly answer?: Answer;
};

type Rules<Message extends string, Step extends string, Event, Answer> = Readonly<
  Record<Message, Readonly<Partial<Record<Relation, Readonly<Partial<Record<Step, Reaction<Event, Answer>>>>>>>>
>;

export type ProviderRules = Rules<FromConsumer, ProviderStep, ProviderEvent, FromProvider>;
export type ConsumerRules = Rules<FromProvider, ConsumerStep, ConsumerEvent, FromConsumer>;

const begin = { begins: true, answer: 'hello-ack' } as const;
const supersede = { event: 'abort', ...begin } as const;
const greetAgain = { answer: 'hello-ack' } as const;
const confirmAgain = { answer: 'confirm-ack' } as const;
const decision = { answer: 'commit' } as const;
const ended = { answer: 'aborted' } as const;
/** Presumed abort: an attempt that is not the latest can never be committed any more. */
const endedWhateverStep = {
  claimed: ended,
  authorised: ended,
  keyed: ended,
  committed: ended,
  connected: ended,
  aborted: ended,
} as const;

export const providerRules = {
  hello: {
    newer: { none: begin, aborted: begin, claimed: supersede, authorised: supersede, keyed: supersede },
    same: { claimed: greetAgain, authorised: greetAgain, keyed: greetAgain },
  },
  confirm: {
    same: {
      authorised: { event: 'confirm', answer: 'confirm-ack' },
      keyed: confirmAgain,
      committed: confirmAgain,
      connected: confirmAgain,
    },
  },
  prepared: {
    same: { keyed: { event: 'prepared', answer: 'commit' }, committed: decision, connected: decision },
  },
  'commit-ack': { same: { committed: { event: 'acknowledged' } } },
  'status-request': {
    same: { committed: decision, connected: decision, aborted: ended },
    older: endedWhateverStep,
  },
  abort: {
    same: {
      claimed: { event: 'abort', answer: 'aborted' },
      authorised: { event: 'abort', answer: 'aborted' },
      keyed: { event: 'abort', answer: 'aborted' },
      committed: decision,
      connected: decision,
      aborted: ended,
    },
    older: endedWhateverStep,
  },
} as const satisfies ProviderRules;

const acknowledge = { answer: 'commit-ack' } as const;
const giveUp = { event: 'provider-aborted' } as const;

export const consumerRules = {
  'hello-ack': { same: { greeting: { event: 'greeted' } } },
  code: { same: { authorising: { event: 'called-back' } } },
  'confirm-ack': { same: { confirming: { event: 'confirmed' } } },
  commit: {
    same: { prepared: { event: 'committed', answer: 'commit-ack' }, connected: acknowledge },
  },
  aborted: {
    same: { authorising: giveUp, redeeming: giveUp, confirming: giveUp, testing: giveUp, prepared: giveUp },
  },
} as const satisfies ConsumerRules;

/** What a side sends when it reaches a step, and again by timer and after a restart until it leaves it. */
export type Sends<Step extends string, Message> = Readonly<Partial<Record<Step, readonly Message[]>>>;

export const providerSends = { committed: ['commit'] } as const satisfies Sends<ProviderStep, FromProvider>;

export const consumerSends = {
  greeting: ['hello'],
  authorising: ['status-request'],
  redeeming: ['status-request'],
  confirming: ['confirm', 'status-request'],
  testing: ['status-request'],
  prepared: ['prepared', 'status-request'],
} as const satisfies Sends<ConsumerStep, FromConsumer>;

/** How the provider takes a message. `kept`: its latest attempt, undefined where there is none. Undefined: refuse. */
export function providerReaction(
  message: FromConsumer,
  named: number,
  kept: { readonly number: number; readonly step: ProviderStep } | undefined,
  rules: ProviderRules = providerRules,
): Reaction<ProviderEvent, FromProvider> | undefined {
  return rules[message][relationOf(named, kept?.number ?? 0)]?.[kept?.step ?? 'none'];
}

/** How the consumer takes a message. */
export function consumerReaction(
  message: FromProvider,
  named: number,
  kept: { readonly number: number; readonly step: ConsumerStep } | undefined,
  rules: ConsumerRules = consumerRules,
): Reaction<ConsumerEvent, FromConsumer> | undefined {
  return rules[message][relationOf(named, kept?.number ?? 0)]?.[kept?.step ?? 'none'];
}
