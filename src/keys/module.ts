/** What a key may be used for. Each purpose lists its one algorithm (OQ-27: others cannot be chosen). */
export const algorithmOf = { sign: 'Ed25519', encrypt: 'A256GCM', mac: 'HMAC-SHA-256' } as const;
export type Purpose = keyof typeof algorithmOf;
export type Algorithm = (typeof algorithmOf)[Purpose];

/** One key-encryption key each, so that opening one class says nothing about another. */
export const keyClasses = ['identity', 'oauth', 'session', 'data'] as const;
export type KeyClass = (typeof keyClasses)[number];

/** What a program asks of a module; access policies allow these one by one. `lend` hands the key itself to a library. */
export const operations = ['sign', 'read-public', 'lend', 'seal', 'open', 'mac'] as const;
export type Operation = (typeof operations)[number];

/** Kinds of statement (the JWS `typ`) that `sx.sign` puts its name to; protocol.md B and C. */
const STATEMENT_TYPES = [
  'sx-hello+jwt',
  'sx-hello-ack+jwt',
  'sx-confirm+jwt',
  'sx-confirm-ack+jwt',
  'sx-prepared+jwt',
  'sx-commit+jwt',
  'sx-commit-ack+jwt',
  'sx-status-request+jwt',
  'sx-status+jwt',
  'sx-abort+jwt',
  'sx-probe+jwt',
  'sx-probe-ack+jwt',
  'sx-invite+jwt',
  'sx-receipt+jwt',
  'sx-tombstone+jwt',
  'sx-batch+jws',
] as const;

/**
 * The cryptographic modules every instance has (protocol.md D.2). `types`: the JWS types the module may sign.
 * `activeDays`: how long a key protects before it must be replaced. `longestDays`: how long at most, however often it is
 * renewed (NIST SP 800-57 part 1, table 1). `extraDays`: how long it still verifies or opens afterwards; null means until
 * nothing depends on it, infinity as long as the instance lives. `onboarding`: without an active key nobody can be onboarded.
 */
export const modules = {
  'sx.identity': {
    label: 'Instance identity',
    purpose: 'sign',
    class: 'identity',
    activeDays: 730,
    longestDays: 1095,
    extraDays: null,
    onboarding: true,
    types: ['sx-manifest+jwt', 'sx-succession+jwt'],
  },
  'sx.sign': {
    label: 'Statements, receipts and invitations',
    purpose: 'sign',
    class: 'identity',
    activeDays: 90,
    longestDays: 365,
    extraDays: null,
    onboarding: true,
    types: STATEMENT_TYPES,
  },
  'sx.oauth.client': {
    label: 'OAuth client assertions',
    purpose: 'sign',
    class: 'oauth',
    activeDays: 90,
    longestDays: 365,
    extraDays: 1,
    onboarding: true,
    types: ['JWT', 'client-authentication+jwt'],
  },
  'sx.oauth.as': {
    label: 'OAuth access tokens',
    purpose: 'sign',
    class: 'oauth',
    activeDays: 30,
    longestDays: 90,
    extraDays: 1 / 24,
    onboarding: true,
    types: ['at+jwt', 'JWT'],
  },
  'sx.oauth.web': {
    label: 'OAuth cookies and nonces',
    purpose: 'mac',
    class: 'oauth',
    activeDays: 30,
    longestDays: 90,
    extraDays: 1,
    onboarding: false,
    types: [],
  },
  'sx.invite': {
    label: 'Invitation secrets',
    purpose: 'encrypt',
    class: 'session',
    activeDays: 30,
    longestDays: 90,
    extraDays: null,
    onboarding: true,
    types: [],
  },
  'sx.session': {
    label: 'Traffic secrets',
    purpose: 'encrypt',
    class: 'session',
    activeDays: 365,
    longestDays: 730,
    extraDays: null,
    onboarding: false,
    types: [],
  },
  'sx.secret': {
    label: 'Stored credentials',
    purpose: 'encrypt',
    class: 'data',
    activeDays: 365,
    longestDays: 730,
    extraDays: null,
    onboarding: false,
    types: [],
  },
  'sx.data': {
    label: 'Stored fields and messages',
    purpose: 'encrypt',
    class: 'data',
    activeDays: 365,
    longestDays: 730,
    extraDays: null,
    onboarding: false,
    types: [],
  },
  'sx.index': {
    label: 'Blind index',
    purpose: 'mac',
    class: 'data',
    activeDays: 730,
    longestDays: 1095,
    extraDays: null,
    onboarding: false,
    types: [],
  },
  'sx.audit': {
    label: 'Audit heads',
    purpose: 'sign',
    class: 'identity',
    activeDays: 365,
    longestDays: 730,
    extraDays: Number.POSITIVE_INFINITY,
    onboarding: false,
    types: ['sx-audit-head+jwt'],
  },
} as const satisfies Record<string, ModuleSpec>;

/** A rotation begins at 70 % of a life and may wait a day for a peer that is away: a week leaves time for both. */
export const SHORTEST_DAYS = 7;

export type ModuleSpec = {
  readonly label: string;
  readonly purpose: Purpose;
  readonly class: KeyClass;
  readonly activeDays: number;
  readonly longestDays: number;
  readonly extraDays: number | null;
  readonly onboarding: boolean;
  readonly types: readonly string[];
};

export type ModuleName = keyof typeof modules;
export type ModuleFor<P extends Purpose> = {
  [Name in ModuleName]: (typeof modules)[Name]['purpose'] extends P ? Name : never;
}[ModuleName];

export const moduleNames = Object.keys(modules) as [ModuleName, ...ModuleName[]];
export const isModule = (text: string): text is ModuleName => Object.hasOwn(modules, text);
export const specOf = (module: ModuleName): ModuleSpec => modules[module];
export const algorithmFor = (module: ModuleName): Algorithm => algorithmOf[specOf(module).purpose];
