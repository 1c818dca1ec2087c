import { expect, test } from 'vitest';
import { allowedUse, type KeyEvent, type KeyState, keyMachine, keyStateLabel } from './key-state.ts';

const states = Object.keys(keyMachine) as KeyState[];
const events: KeyEvent[] = [
  'activate',
  'rotate',
  'renew',
  'revoke',
  'suspend',
  'resume',
  'report-compromised',
  'destroy',
];

/** protocol.md D.3 with OQ-27, written out once more by hand. */
const leadsTo: Record<KeyState, Partial<Record<KeyEvent, KeyState>>> = {
  generated: { activate: 'active', 'report-compromised': 'compromised', destroy: 'destroyed' },
  active: {
    suspend: 'suspended',
    rotate: 'deactivated',
    renew: 'active',
    revoke: 'deactivated',
    'report-compromised': 'compromised',
  },
  suspended: { resume: 'active', revoke: 'deactivated', 'report-compromised': 'compromised' },
  deactivated: { 'report-compromised': 'compromised', destroy: 'destroyed' },
  compromised: { destroy: 'destroyed' },
  destroyed: {},
};

test('ST-23 a key is Generated, Active, Suspended, Deactivated, Compromised or Destroyed', () => {
  expect(states.map((state) => keyStateLabel[state])).toEqual([
    'Generated',
    'Active',
    'Suspended',
    'Deactivated',
    'Compromised',
    'Destroyed',
  ]);
});

test.each(states.flatMap((state) => events.map((event) => [state, event] as const)))('%s and %s', (state, event) => {
  expect((keyMachine[state] as Partial<Record<KeyEvent, KeyState>>)[event]).toBe(leadsTo[state][event]);
});

test('KMF-14 only an active key protects; a suspended one is read with a flag; a compromised or destroyed one does nothing', () => {
  expect(states.filter((state) => allowedUse[state].protect)).toEqual(['active']);
  expect(states.filter((state) => allowedUse[state].process === true)).toEqual(['active', 'deactivated']);
  expect(states.filter((state) => allowedUse[state].process === 'flagged')).toEqual(['suspended']);
});
