import type { Machine } from '../kernel/index.ts';

export type KeyState = 'generated' | 'active' | 'suspended' | 'deactivated' | 'compromised' | 'destroyed';
export type KeyEvent =
  | 'activate'
  | 'rotate'
  | 'renew'
  | 'revoke'
  | 'suspend'
  | 'resume'
  | 'report-compromised'
  | 'destroy';

/**
 * NIST SP 800-57 part 1, section 7, as protocol.md D.3 and OQ-27 narrow it (ST-23): a key in use, or suspended, is taken out
 * of use before it is destroyed. A terminal state is never left.
 */
export const keyMachine = {
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
} as const satisfies Machine<KeyState, KeyEvent>;

/**
 * protect: sign, encrypt, compute. process: verify, decrypt, compare what exists; 'flagged' is allowed and leaves a
 * trace, because a suspended key is under suspicion.
 */
export const allowedUse: Readonly<Record<KeyState, { protect: boolean; process: boolean | 'flagged' }>> = {
  generated: { protect: false, process: false },
  active: { protect: true, process: true },
  suspended: { protect: false, process: 'flagged' },
  deactivated: { protect: false, process: true },
  compromised: { protect: false, process: false },
  destroyed: { protect: false, process: false },
};

export const keyStateLabel: Readonly<Record<KeyState, string>> = {
  generated: 'Generated',
  active: 'Active',
  suspended: 'Suspended',
  deactivated: 'Deactivated',
  compromised: 'Compromised',
  destroyed: 'Destroyed',
};
