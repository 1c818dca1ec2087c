export type { Resolve, ResolvedAddress } from './guarded-connect.ts';
export type { TlsDetails } from './inspect-tls.ts';
export type { PeerFetchError } from './peer-error.ts';
export { createPeerFetch, type PeerFetch, type PeerRequest, type PeerResponse } from './peer-fetch.ts';
export { checkPeerUrl, type PeerRules, type PeerUrlError } from './peer-url.ts';
