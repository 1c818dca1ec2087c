import { createPrivateKey, webcrypto } from 'node:crypto';
import { createOAuthClient, type OAuthClient } from '../../src/access/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { base64url } from '../../src/protocol/index.ts';
import type { HostilePeer } from './hostile-peer.ts';
import { type TestKey, testKey } from './sx-party.ts';

export const clientKey = (peer: HostilePeer): TestKey =>
  testKey(`${peer.party.manifest.display.replace('The ', '')} client`);

/** An OAuth client that signs with the manifest’s client key. */
export function oauthClientOf(peer: HostilePeer): OAuthClient {
  const { kid, jwk, seed } = clientKey(peer);
  const lend = async () => {
    const secret = createPrivateKey({ key: { ...jwk, d: base64url(seed) }, format: 'jwk' });
    const key = await webcrypto.subtle.importKey(
      'pkcs8',
      secret.export({ type: 'pkcs8', format: 'der' }),
      'Ed25519',
      false,
      ['sign'],
    );
    return {
      kid,
      publicJwk: jwk,
      key,
      sign: async (input: Uint8Array) => new Uint8Array(await webcrypto.subtle.sign('Ed25519', key, input)),
    };
  };
  return createOAuthClient({
    keys: { privateKey: lend, publicKeys: async () => [{ kid, jwk, state: 'active' }] },
    clock: systemClock,
    fetch,
  });
}

export const serverMetadata = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/oauth/authorize`,
  token_endpoint: `${origin}/oauth/token`,
  pushed_authorization_request_endpoint: `${origin}/oauth/request`,
  jwks_uri: `${origin}/oauth/jwks`,
  require_pushed_authorization_requests: true,
  authorization_response_iss_parameter_supported: true,
  authorization_details_types_supported: ['sx_connect'],
  dpop_signing_alg_values_supported: ['Ed25519'],
  response_types_supported: ['code'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['Ed25519'],
});
