import type { GateResult } from './keys.ts';
import { KeysUnhealthy } from './problems.ts';

/** Throws KeysUnhealthy, naming what is broken, unless the required components work. For acts that a person waits for. */
export function requireGate({ ok, failing }: GateResult): void {
  if (ok) return;
  const named = failing.map(({ label, cause, remedy }) => `${label}: ${cause ?? ''} ${remedy ?? ''}`.trim());
  throw new KeysUnhealthy(
    `Key management is not healthy, so nothing was done. ${named.join(' ')} See Key Management > Health (Diagnostics).`,
    { extra: { components: failing.map(({ name }) => name) } },
  );
}
