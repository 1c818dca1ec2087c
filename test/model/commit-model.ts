import { type Machine, nextState } from '../../src/kernel/index.ts';
import {
  type ConsumerEvent,
  type ConsumerRules,
  type ConsumerStep,
  consumerReaction,
  type FromConsumer,
  type FromProvider,
  type ProviderEvent,
  type ProviderRules,
  type ProviderStep,
  providerReaction,
  type Sends,
} from '../../src/protocol/index.ts';
import type { System } from './explorer.ts';

/** The tables that the program runs, or mutants of them. */
export type CommitTables = {
  readonly provider: Machine<Exclude<ProviderStep, 'none'>, ProviderEvent>;
  readonly consumer: Machine<Exclude<ConsumerStep, 'none'>, ConsumerEvent>;
  readonly providerRules: ProviderRules;
  readonly consumerRules: ConsumerRules;
  readonly providerSends: Sends<ProviderStep, FromProvider>;
  readonly consumerSends: Sends<ConsumerStep, FromConsumer>;
};

export type Network = { readonly loses: boolean };

const providerSteps = ['none', 'claimed', 'authorised', 'keyed', 'committed', 'connected', 'aborted'] as const;
const consumerSteps = [
  'none',
  'greeting',
  'authorising',
  'redeeming',
  'confirming',
  'testing',
  'prepared',
  'connected',
  'aborted',
] as const satisfies readonly ConsumerStep[];
const fromConsumer = ['hello', 'confirm', 'prepared', 'commit-ack', 'status-request', 'abort'] as const;
const fromProvider = ['hello-ack', 'code', 'confirm-ack', 'commit', 'aborted'] as const;
const messages = [...fromConsumer, ...fromProvider];

export type Side<Step> = { readonly step: Step; readonly number: number };
export type CommitState = {
  readonly provider: Side<ProviderStep>;
  readonly consumer: Side<ConsumerStep>;
  /** One bit for each message of each attempt that is under way: a set, so any of them may arrive twice, late or never. */
  readonly network: number;
};

const MESSAGE_BITS = 22;
const NETWORKS = 2 ** MESSAGE_BITS;
const NUMBERS = 3;

const bit = (message: FromConsumer | FromProvider, attempt: number) =>
  1 << ((attempt - 1) * messages.length + messages.indexOf(message));

export const encode = ({ provider, consumer, network }: CommitState): number =>
  (((providerSteps.indexOf(provider.step) * NUMBERS + provider.number) * consumerSteps.length +
    consumerSteps.indexOf(consumer.step)) *
    NUMBERS +
    consumer.number) *
    NETWORKS +
  network;

export function decode(state: number): CommitState {
  const sides = Math.floor(state / NETWORKS);
  const [withStep, consumerNumber] = [Math.floor(sides / NUMBERS), sides % NUMBERS];
  const [withNumber, consumerStep] = [Math.floor(withStep / consumerSteps.length), withStep % consumerSteps.length];
  const [providerStep, providerNumber] = [Math.floor(withNumber / NUMBERS), withNumber % NUMBERS];
  return {
    provider: { step: providerSteps[providerStep] ?? 'none', number: providerNumber },
    consumer: { step: consumerSteps[consumerStep] ?? 'none', number: consumerNumber },
    network: state % NETWORKS,
  };
}

/**
 * Both sides with `attempts` tries (1 or 2) over one network. Crashes lose nothing but timing, because every send is repeated
 * from a stored step; so a crash is a message that is not sent yet. Cryptography is taken as given: a message names its sender
 * and attempt truly.
 */
export function commitSystem(tables: CommitTables, attempts: 1 | 2, network: Network): System {
  return {
    initial: encode({ provider: { step: 'none', number: 0 }, consumer: { step: 'none', number: 0 }, network: 0 }),
    moves: (encoded, to) => {
      const state = decode(encoded);
      const move = (changed: Partial<CommitState>, ...sent: number[]) =>
        to(encode({ ...state, ...changed, network: sent.reduce((all, one) => all | one, state.network) }));
      providerActs(tables, state, move);
      consumerActs(tables, state, move, attempts);
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        for (const message of fromConsumer)
          if ((state.network & bit(message, attempt)) !== 0) providerHears(tables, state, move, message, attempt);
        for (const message of fromProvider)
          if ((state.network & bit(message, attempt)) !== 0) consumerHears(tables, state, move, message, attempt);
      }
      if (!network.loses) return;
      for (let flags = state.network; flags !== 0; flags &= flags - 1)
        to(encode({ ...state, network: state.network ^ (flags & -flags) }));
    },
  };
}

type Move = (changed: Partial<CommitState>, ...sent: number[]) => void;

function providerStep(
  tables: CommitTables,
  from: Side<ProviderStep>,
  event: ProviderEvent,
): Side<ProviderStep> | undefined {
  const step = from.step === 'none' ? undefined : nextState(tables.provider, from.step, event);
  return step && { step, number: from.number };
}

function consumerStep(
  tables: CommitTables,
  from: Side<ConsumerStep>,
  event: ConsumerEvent,
): Side<ConsumerStep> | undefined {
  const step = from.step === 'none' ? undefined : nextState(tables.consumer, from.step, event);
  return step && { step, number: from.number };
}

const sendsOf = (tables: CommitTables, { step, number }: Side<ConsumerStep>): number[] =>
  (tables.consumerSends[step] ?? []).map((message) => bit(message, number));

/** What the provider does unasked: the contact allows (or repeats it), an administrator or a clock aborts, a timer sends. */
function providerActs(tables: CommitTables, { provider }: CommitState, move: Move): void {
  const { number } = provider;
  const allowed = providerStep(tables, provider, 'allow');
  if (allowed) move({ provider: allowed }, bit('code', number));
  const aborted = providerStep(tables, provider, 'abort');
  if (aborted) move({ provider: aborted }, bit('aborted', number));
  for (const message of tables.providerSends[provider.step] ?? []) move({}, bit(message, number));
}

/** What the consumer does unasked: start an attempt, redeem the code, finish its tests, abort, and send by timer. */
function consumerActs(tables: CommitTables, { consumer }: CommitState, move: Move, attempts: number): void {
  const { step, number } = consumer;
  if ((step === 'none' || step === 'aborted') && number < attempts) {
    const started: Side<ConsumerStep> = { step: 'greeting', number: number + 1 };
    move({ consumer: started }, ...sendsOf(tables, started));
  }
  for (const event of ['redeemed', 'proved'] as const) {
    const reached = consumerStep(tables, consumer, event);
    if (reached) move({ consumer: reached }, ...sendsOf(tables, reached));
  }
  const aborted = consumerStep(tables, consumer, 'abort');
  if (aborted) move({ consumer: aborted }, bit('abort', number));
  for (const message of tables.consumerSends[step] ?? []) move({}, bit(message, number));
}

function providerHears(
  tables: CommitTables,
  { provider }: CommitState,
  move: Move,
  message: FromConsumer,
  attempt: number,
): void {
  const kept = provider.step === 'none' ? undefined : provider;
  const reaction = providerReaction(message, attempt, kept, tables.providerRules);
  if (reaction === undefined) return;
  const after = reaction.event === undefined ? provider : providerStep(tables, provider, reaction.event);
  if (after === undefined) return;
  const superseded = reaction.begins && reaction.event === 'abort' ? [bit('aborted', provider.number)] : [];
  const reached: Side<ProviderStep> = reaction.begins ? { step: 'claimed', number: attempt } : after;
  move({ provider: reached }, ...superseded, ...(reaction.answer === undefined ? [] : [bit(reaction.answer, attempt)]));
}

function consumerHears(
  tables: CommitTables,
  { consumer }: CommitState,
  move: Move,
  message: FromProvider,
  attempt: number,
): void {
  const kept = consumer.step === 'none' ? undefined : consumer;
  const reaction = consumerReaction(message, attempt, kept, tables.consumerRules);
  if (reaction === undefined) return;
  const after = reaction.event === undefined ? consumer : consumerStep(tables, consumer, reaction.event);
  if (after !== undefined)
    move({ consumer: after }, ...(reaction.answer === undefined ? [] : [bit(reaction.answer, attempt)]));
}
