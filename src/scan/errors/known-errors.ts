import type { Priority } from '../check.ts';

/** KEC-02, those of which something exists. */
export const errorCategories = ['Onboarding', 'Installation', 'Connection', 'Configuration', 'Unknown'] as const;

export type KnownError = {
  /** As the Error Log and the issue name it. */
  readonly name: string;
  readonly category: (typeof errorCategories)[number];
  readonly priority: Priority;
  readonly cause: string;
  readonly solution: string;
  readonly who: string;
  /** The other instance, or somebody there, is at fault. */
  readonly peer?: boolean;
};

const HERE = 'an administrator of this instance';
const OPERATOR = 'an operator of this instance';

/** The known-error catalogue (ERR-04): what can go wrong, why, and what to do. Codes are stored in rows and never renamed. */
export const knownErrors = {
  unknown: {
    name: 'Unknown error',
    category: 'Unknown',
    priority: 'moderate',
    cause: 'Unknown',
    solution: 'Look in the log of this instance at the time of the error. If it comes again, report it as a defect.',
    who: OPERATOR,
  },
  'nodes-of-two-versions': {
    name: 'Nodes of this instance run different versions',
    category: 'Installation',
    priority: 'high',
    cause: 'An update has reached some nodes only, so that they share work that they do not do alike.',
    solution: 'Finish the update: start every node with the same version.',
    who: OPERATOR,
  },
  'mail-not-delivered': {
    name: 'A mail could not be delivered',
    category: 'Configuration',
    priority: 'moderate',
    cause: 'The mail server refused it for good, or was away for two hours.',
    solution:
      'See System > Mail for the server’s answer; correct the address or LIAISE_MAIL_URL. A registration link can also be copied from its work note.',
    who: HERE,
  },
  'registration-declined': {
    name: 'The contact declined a connection',
    category: 'Onboarding',
    priority: 'low',
    cause: 'The contact chose Deny on the consent page.',
    solution: 'Ask the contact why. The link stays valid: the consumer can connect again.',
    who: HERE,
    peer: true,
  },
  'registration-contact-mismatch': {
    name: 'Somebody else than the contact was at the consent page',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The person signed in is not the contact named on the registration.',
    solution: 'Have the contact sign in, or replace the contact on the registration.',
    who: HERE,
    peer: true,
  },
  'registration-expired': {
    name: 'A consumer did not finish connecting in time',
    category: 'Onboarding',
    priority: 'low',
    cause: 'The person left the consent page, or the two instances could not reach each other afterwards.',
    solution: 'Ask the contact to connect again; the link stays valid. If it repeats, run the Pre-Onboarding suite.',
    who: HERE,
    peer: true,
  },
  'registration-link-locked': {
    name: 'A registration link was locked',
    category: 'Onboarding',
    priority: 'high',
    cause: 'The consumer’s instance presented the link with a wrong secret, several times.',
    solution: 'Ask the contact what happened, then regenerate the link.',
    who: HERE,
    peer: true,
  },
  'registration-commit-not-taken': {
    name: 'The consumer does not take the commit',
    category: 'Onboarding',
    priority: 'high',
    cause: 'The consumer’s instance is away, or refuses what it agreed to.',
    solution: 'It is repeated by itself. If it stays, ask the contact whether the instance runs and what its log says.',
    who: HERE,
    peer: true,
  },
  'connect-declined': {
    name: 'The contact declined at the provider',
    category: 'Onboarding',
    priority: 'low',
    cause: 'The contact chose Deny on the provider’s consent page.',
    solution: 'Choose Connect to Provider again when the contact is ready.',
    who: HERE,
  },
  'connect-contact-mismatch': {
    name: 'Somebody else than the contact was at the provider’s page',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The provider expects one named person; another one was signed in there.',
    solution: 'Sign in at the provider as the contact and connect again, or ask the provider to replace the contact.',
    who: HERE,
  },
  'connect-expired': {
    name: 'Connecting was not finished in time',
    category: 'Onboarding',
    priority: 'low',
    cause: 'The person left the provider’s page, or the two instances could not reach each other afterwards.',
    solution: 'Choose Connect to Provider again.',
    who: HERE,
  },
  'connect-provider-unreachable': {
    name: 'The provider did not answer while connecting',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The provider’s instance, or the way to it, is down.',
    solution: 'Try again in a while. If it stays, ask the provider whether its instance runs.',
    who: HERE,
    peer: true,
  },
  'connect-provider-refused': {
    name: 'The provider refused the attempt',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The registration was cancelled or renewed there, or the link has expired.',
    solution: 'Ask the provider what the registration says; import a new link if there is one.',
    who: HERE,
    peer: true,
  },
  'connect-provider-not-ready': {
    name: 'The provider does not go on',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The provider’s instance is away, or waits for something of its own.',
    solution: 'The step is repeated by itself. If it stays, ask the provider whether its instance runs.',
    who: HERE,
    peer: true,
  },
  'connect-not-redeemed': {
    name: 'The provider did not accept the proof of consent',
    category: 'Onboarding',
    priority: 'moderate',
    cause: 'The proof was too old, or was used before.',
    solution: 'Choose Connect to Provider again.',
    who: HERE,
  },
  'connect-key-mismatch': {
    name: 'The provider could not prove its keys',
    category: 'Onboarding',
    priority: 'critical',
    cause: 'What answered does not hold the keys of this handshake: a fault, or somebody in between.',
    solution:
      'Connect again. If it repeats, compare the safety number with the provider by phone before anything else.',
    who: HERE,
    peer: true,
  },
  'connect-interrupted': {
    name: 'An attempt was interrupted',
    category: 'Onboarding',
    priority: 'low',
    cause: 'This instance stopped while the attempt was being started.',
    solution: 'Choose Connect to Provider again.',
    who: HERE,
  },
  'transport-outbound-unreachable': {
    name: 'The other instance cannot be reached',
    category: 'Connection',
    priority: 'high',
    cause: 'The other instance, or the way to it, is down.',
    solution:
      'Messages wait and are sent again by themselves. If it stays, ask the other side whether its instance runs.',
    who: HERE,
    peer: true,
  },
  'transport-outbound-refused': {
    name: 'The other instance refuses messages',
    category: 'Connection',
    priority: 'high',
    cause: 'The connection was ended or changed there, or a backup was restored on one side.',
    solution: 'Ask the other side whether the connection still exists there; off-board it on both sides if not.',
    who: HERE,
    peer: true,
  },
  'transport-inbound-refused': {
    name: 'A message of the other instance was refused',
    category: 'Connection',
    priority: 'high',
    cause:
      'It does not continue what was received before, or its seal does not hold: a restored backup, or a fault there.',
    solution:
      'Ask the other side whether a backup was restored; off-board and connect again if messages keep being refused.',
    who: HERE,
    peer: true,
  },
  'lane-forked': {
    name: 'A connection was suspended: two histories of one lane',
    category: 'Connection',
    priority: 'critical',
    cause:
      'One number of a lane came with two contents: a second instance runs with the same keys, or one side was put back to an older state.',
    solution:
      'Find out with the other side which instance is the wrong one and stop it. Report keys that a copy may hold as compromised. The connection stays suspended.',
    who: HERE,
    peer: true,
  },
} as const satisfies Record<string, KnownError>;

export type KnownErrorCode = keyof typeof knownErrors;

const catalogue: Readonly<Record<string, KnownError>> = knownErrors;

/** The entry of a code; that of `unknown` for one that this version does not have (ERR-03). */
export const knownError = (code: string): KnownError =>
  Object.hasOwn(catalogue, code) ? (catalogue[code] ?? knownErrors.unknown) : knownErrors.unknown;
