import { ForbiddenAddress } from './guarded-connect.ts';
import { BodyTooLarge, UnknownEncoding } from './read-body.ts';

const messages = {
  url: 'The address is not one this instance may call.',
  'forbidden-address':
    'The address leads to a private or local network, which this instance is not configured to call. No packet was sent.',
  dns: 'The name of the host could not be resolved.',
  unreachable: 'No connection could be made, or it was cut.',
  tls: 'No trusted TLS connection could be made: certificate or protocol refused.',
  timeout: 'No complete answer came in time.',
  redirect: 'The host answered with a redirect, which is never followed.',
  'content-type': 'The answer is not JSON.',
  'too-large': 'The answer is larger than allowed.',
} as const;

/** Says what happened in words of our own: never the peer's. */
export type PeerFetchError = {
  readonly code: keyof typeof messages;
  /** Host and port as in the address. */
  readonly host: string;
  readonly message: string;
};

export const peerError = (code: PeerFetchError['code'], url: URL): PeerFetchError => ({
  code,
  host: url.host,
  message: messages[code],
});

const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA']);
const TLS = /^(ERR_TLS|ERR_SSL|EPROTO)|CERT|SIGNED|ISSUER|UNABLE_TO/;

/** Sorts whatever the network stack threw. Anything unknown counts as unreachable: it was a failure to talk, not a bug of ours. */
export function classify(thrown: unknown, url: URL): PeerFetchError {
  if (thrown instanceof ForbiddenAddress) return peerError('forbidden-address', url);
  if (thrown instanceof BodyTooLarge) return peerError('too-large', url);
  if (thrown instanceof UnknownEncoding) return peerError('content-type', url);
  const { name, code } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { name: '', code: '' };
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT') return peerError('timeout', url);
  if (DNS.has(code ?? '')) return peerError('dns', url);
  return peerError(TLS.test(code ?? '') ? 'tls' : 'unreachable', url);
}
