import { z } from 'zod';
import type { BoundToken, DpopKey, PendingAuthorization } from '../../access/index.ts';
import type { Sealer } from '../../keys/index.ts';
import type { Attempt } from './attempt-repo.ts';

/** What one attempt must remember and nobody may read; sealed as one value, replaced at each step, gone at its end. */
export type AttemptSecrets = {
  /** Until the hello is answered: the seed of the ephemeral key, base64url. */
  readonly ephemeral?: string;
  readonly dpopKey?: DpopKey;
  /** From then on: the handshake's shared secret, base64url. */
  readonly shared?: string;
  readonly pending?: PendingAuthorization;
  /** The address the browser came back to, with its code. */
  readonly callbackUrl?: string;
  readonly token?: BoundToken;
};

export const secretsContext = (attempt: Pick<Attempt, 'provider_connection_id' | 'number'>) => ({
  providerConnection: attempt.provider_connection_id,
  attempt: String(attempt.number),
  field: 'attempt-secrets',
});

const anyObject = z.record(z.string(), z.unknown());

export const sealSecrets = (
  sealer: Sealer,
  attempt: Pick<Attempt, 'provider_connection_id' | 'number'>,
  secrets: AttemptSecrets,
): Promise<string> => sealer.seal(secretsContext(attempt), Buffer.from(JSON.stringify(secrets)));

export async function openSecrets(sealer: Sealer, attempt: Attempt): Promise<AttemptSecrets> {
  if (attempt.sealed_secrets === null) return {};
  const plain = await sealer.open(secretsContext(attempt), attempt.sealed_secrets);
  // NOTE sealed by this very program: the seal is the proof of the shape.
  return anyObject.parse(JSON.parse(Buffer.from(plain).toString())) as AttemptSecrets;
}
