import type { Random, Result } from '../kernel/index.ts';
import type { WrapContext } from './wrap.ts';

export type RootKeyError = {
  readonly code: 'missing' | 'unsafe' | 'unreadable' | 'malformed' | 'does-not-open';
  /** What was seen, for the diagnostics; never key material. */
  readonly cause: string;
  readonly remedy: string;
};

export const rootProviderKinds = ['file', 'passphrase'] as const;
export type RootProviderKind = (typeof rootProviderKinds)[number];

/** Keeps the root key outside the database. root-provider.test.ts says what every provider must do. */
export type RootProvider = {
  readonly kind: RootProviderKind;
  /** Where the key is, for people. */
  describe(): string;
  /** Whether a wrapping is one of this provider's own. */
  recognises(wrapped: string): boolean;
  wrap(context: WrapContext, key: Uint8Array, random: Random): Promise<Result<string, RootKeyError>>;
  unwrap(context: WrapContext, wrapped: string): Promise<Result<Buffer, RootKeyError>>;
  /**
   * Sees to it that there is a key to wrap with: makes one where it can, else says what is missing. An existing one is left
   * as it is. Only called before something is wrapped that this provider does not hold yet.
   */
  ensure(random: Random): Promise<Result<void, RootKeyError>>;
  /**
   * Where a person brings the key: takes the passphrase, if it opens `held`. Without `held` it is the passphrase from now on.
   * Nothing is kept of one that does not open.
   */
  unlock?(
    passphrase: string,
    held: { readonly context: WrapContext; readonly wrapped: string } | null,
    random: Random,
  ): Promise<Result<void, RootKeyError>>;
};

export type Roots = RootProvider & {
  /** The provider that has wrapped this. */
  holder(wrapped: string): RootProvider;
};

/** Wraps with the provider that the settings name and unwraps with the one that has wrapped: a move needs both. */
export function rootProviders(chosen: RootProvider, all: readonly RootProvider[]): Roots {
  const holder = (wrapped: string) => all.find((provider) => provider.recognises(wrapped)) ?? chosen;
  return {
    ...chosen,
    holder,
    unwrap: (context, wrapped) => holder(wrapped).unwrap(context, wrapped),
  };
}
