import type { Result } from '../../kernel/index.ts';
import type { GateResult } from '../../keys/index.ts';
import { type Check, defineCheck, type Finding } from '../../scan/index.ts';

type Deps = {
  /** Origin of the configured public address. */
  origin: string | null;
  /** Fetches this instance's own identity through its public address. The error is a sentence. */
  reachSelf: (signal: AbortSignal) => Promise<Result<void, string>>;
  gate: (signal: AbortSignal) => Promise<GateResult>;
  /** Signs and verifies a token with the authorization server's keys, under its access policy. */
  oauthSelfTest: () => Promise<Result<void, string>>;
  checkMail: () => Promise<Result<void, { readonly message: string }>>;
};

const INSTANCE = { kind: 'instance', id: 'instance', label: 'This instance' } as const;
const OPERATOR = 'the operator of this instance';

const finding = (message: string, cause: string, remedy: string, who: string): Finding[] => [
  { source: INSTANCE, message, cause, remedy, who },
];

/** What must hold of this instance itself before it connects to anybody, on either side. */
export function instanceChecks(deps: Deps): Check[] {
  const common = { category: 'Configuration', side: 'both' } as const;
  return [
    defineCheck({
      ...common,
      id: 'CHK-02',
      name: 'The public base URL is set and leads here',
      priority: 'critical',
      summary: 'The public base URL is missing or does not lead to this instance',
      description: 'Other instances, and people’s browsers, find this instance by its configured public address.',
      remedy:
        'Set LIAISE_PUBLIC_URL to the address under which other organisations reach this instance, and restart it.',
      documentation: 'operations.md',
      run: async ({ signal }) => {
        if (deps.origin === null) {
          return finding(
            'No public base URL is configured.',
            'LIAISE_PUBLIC_URL is not set, so this instance cannot say where it can be found.',
            'Set LIAISE_PUBLIC_URL and restart the instance.',
            OPERATOR,
          );
        }
        const reached = await deps.reachSelf(signal);
        if (reached.ok) return [];
        return finding(
          `This instance cannot reach itself at ${deps.origin}. ${reached.error}`,
          'The name, the proxy or the certificate of the public address is wrong, or the address belongs to another instance (a copy keeps the original’s).',
          'Check LIAISE_PUBLIC_URL, DNS, proxy and certificate; open the address in a browser.',
          OPERATOR,
        );
      },
    }),
    defineCheck({
      ...common,
      id: 'CHK-03',
      name: 'The key management framework is healthy',
      category: 'Keys',
      priority: 'critical',
      timeoutMs: 60_000,
      summary: 'Key management is not healthy',
      description:
        'Evaluates every component that onboarding needs afresh; a component in malfunction, or without an answer, closes the gate.',
      remedy: 'Open Key Management > Health (Diagnostics) and follow the remedy of the component named.',
      documentation: 'operations.md',
      run: async ({ signal }) => {
        const gate = await deps.gate(signal);
        return gate.failing.map((component) => ({
          source: { kind: 'key-component', id: component.name, label: component.label },
          message: `${component.label} does not work.`,
          cause: component.cause ?? 'See Key Management > Health (Diagnostics).',
          remedy: component.remedy ?? 'Open Key Management > Health (Diagnostics).',
          who: component.who ?? 'a key management administrator',
        }));
      },
    }),
    defineCheck({
      ...common,
      id: 'CHK-04',
      name: 'The OAuth modules may be used by the authorization server',
      category: 'Keys',
      priority: 'critical',
      summary: 'The access policy of an OAuth key module refuses its caller',
      description: 'Signs and verifies one token as the authorization server does, under the access policies in force.',
      remedy: 'Open Key Management > Cryptographic Modules and let service:access use the OAuth modules.',
      run: async () => {
        const tested = await deps.oauthSelfTest();
        if (tested.ok) return [];
        return finding(
          `The authorization server cannot use its keys. ${tested.error}`,
          'A module access policy rejects it, or the module has no active key.',
          'Under Key Management, see the decision trace of sx.oauth.as and sx.oauth.client, and correct the policy.',
          'a key management administrator',
        );
      },
    }),
    defineCheck({
      ...common,
      id: 'OWN-02',
      name: 'Mail can be sent, or is switched off',
      priority: 'high',
      side: 'provider',
      summary: 'Mail is on but cannot be sent',
      description:
        'Connects and authenticates to the configured mail server. With mail off, links travel by work notes.',
      remedy: 'Correct LIAISE_MAIL_URL, or set LIAISE_MAIL=off.',
      run: async () => {
        const transport = await deps.checkMail();
        if (transport.ok) return [];
        return finding(
          `The mail server does not accept this instance. ${transport.error.message}`,
          'Address, credentials or certificate of the mail server are wrong, or it is down.',
          'Check LIAISE_MAIL_URL and the mail server, or switch mail off with LIAISE_MAIL=off.',
          OPERATOR,
        );
      },
    }),
  ];
}
