import { expect, test } from 'vitest';
import { attemptMachine as consumerMachine } from '../../src/consumer/connect/attempt.ts';
import { consumerRules, consumerSends, providerRules, providerSends } from '../../src/protocol/index.ts';
import { attemptMachine as providerMachine } from '../../src/provider/onboarding/attempt.ts';
import { type CommitState, type CommitTables, commitSystem, decode, type Network } from './commit-model.ts';
import { explore } from './explorer.ts';

/** The program's own tables. */
const tables: CommitTables = {
  provider: providerMachine,
  consumer: consumerMachine,
  providerRules,
  consumerRules,
  providerSends,
  consumerSends,
};

const sameAttempt = ({ provider, consumer }: CommitState) => provider.number === consumer.number;

/** What must hold in every state. */
const invariants: Record<string, (state: CommitState) => boolean> = {
  'a connected consumer has a provider that committed the same attempt': (state) =>
    state.consumer.step !== 'connected' ||
    ((state.provider.step === 'committed' || state.provider.step === 'connected') && sameAttempt(state)),
  'a provider that is connected has a connected consumer': (state) =>
    state.provider.step !== 'connected' || (state.consumer.step === 'connected' && sameAttempt(state)),
  'a committed provider has a consumer that is bound to wait or connected': (state) =>
    state.provider.step !== 'committed' ||
    ((state.consumer.step === 'prepared' || state.consumer.step === 'connected') && sameAttempt(state)),
};

const idle = (step: string) => step === 'none' || step === 'aborted';
const agreed = ({ provider, consumer }: CommitState) =>
  (provider.step === 'connected' && consumer.step === 'connected') || (idle(provider.step) && idle(consumer.step));

/** Everything that is wrong with the tables, each with one example; empty when nothing is. */
function faults(mutated: CommitTables, attempts: 1 | 2, network: Network): { states: number; found: string[] } {
  const graph = explore(commitSystem(mutated, attempts, network));
  const found = new Set<string>();
  for (const state of graph.states) {
    const decoded = decode(state);
    for (const [name, holds] of Object.entries(invariants)) if (!holds(decoded)) found.add(name);
  }
  const canAgree = graph.canReach((state) => agreed(decode(state)));
  if (canAgree.includes(0)) found.add('a state from which no agreement can be reached');
  const canConnect = graph.canReach((state) => decode(state).provider.step === 'connected');
  const stuck = graph.states.some(
    (state, index) => decode(state).provider.step === 'committed' && canConnect[index] === 0,
  );
  if (stuck) found.add('a commit that can never be closed');
  return { states: graph.states.length, found: [...found] };
}

test('both sides agree whatever a network with two attempts loses, repeats and reorders', () => {
  const result = faults(tables, 2, { loses: true });
  expect(result.found).toEqual([]);
  expect(result.states).toBeGreaterThan(100_000);
}, 180_000);

/** Tables with one thing wrong, and the smallest world in which it shows. */
const mutants: Record<string, { tables: CommitTables; attempts: 1 | 2; loses: boolean }> = {
  'the consumer may abort while prepared': {
    tables: {
      ...tables,
      consumer: { ...consumerMachine, prepared: { ...consumerMachine.prepared, abort: 'aborted' } },
    },
    attempts: 1,
    loses: false,
  },
  'the provider may abort after the commit': {
    tables: {
      ...tables,
      provider: { ...providerMachine, committed: { ...providerMachine.committed, abort: 'aborted' } },
    },
    attempts: 1,
    loses: false,
  },
  'prepared is taken without looking at the attempt': {
    tables: {
      ...tables,
      providerRules: { ...providerRules, prepared: { ...providerRules.prepared, older: providerRules.prepared.same } },
    },
    attempts: 2,
    loses: false,
  },
  'the acknowledgement is ignored': {
    tables: { ...tables, providerRules: { ...providerRules, 'commit-ack': {} } },
    attempts: 1,
    loses: false,
  },
  'the prepared consumer never asks for the status': {
    tables: { ...tables, consumerSends: { ...consumerSends, prepared: ['prepared'] } },
    attempts: 1,
    loses: true,
  },
  'the status does not answer for attempts that have ended': {
    tables: {
      ...tables,
      providerRules: {
        ...providerRules,
        'status-request': { same: { committed: { answer: 'commit' }, connected: { answer: 'commit' } } },
      },
    },
    attempts: 1,
    loses: true,
  },
  'a repeated commit is not acknowledged again': {
    tables: {
      ...tables,
      consumerRules: { ...consumerRules, commit: { same: { prepared: consumerRules.commit.same.prepared } } },
    },
    attempts: 1,
    loses: true,
  },
  'the commit is decided before the keys are confirmed': {
    tables: {
      ...tables,
      provider: {
        ...providerMachine,
        authorised: { ...providerMachine.authorised, prepared: 'committed', confirm: 'committed' },
      },
    },
    attempts: 1,
    loses: false,
  },
};

test.each(Object.keys(mutants))(
  'the model finds the fault when %s',
  (name) => {
    const mutant = mutants[name];
    if (mutant === undefined) throw new Error('no such mutant');
    expect(faults(mutant.tables, mutant.attempts, mutant).found).not.toEqual([]);
  },
  120_000,
);

test('the faults of a lossy network are not there in one that only repeats and reorders, so loss must be explored', () => {
  for (const mutant of Object.values(mutants).filter(({ loses }) => loses))
    expect(faults(mutant.tables, 1, { loses: false }).found).toEqual([]);
});

test('every event a rule names is a move of the state table in that step', () => {
  const dead: string[] = [];
  const check = (rules: object, machine: Record<string, Record<string, string>>) => {
    for (const [message, byRelation] of Object.entries(rules))
      for (const [relation, byStep] of Object.entries(byRelation as object))
        for (const [step, reaction] of Object.entries(byStep as Record<string, { event?: string }>))
          if (reaction.event !== undefined && machine[step]?.[reaction.event] === undefined)
            dead.push(`${message} ${relation} ${step}`);
  };
  check(providerRules, providerMachine);
  check(consumerRules, consumerMachine);
  expect(dead).toEqual([]);
});
