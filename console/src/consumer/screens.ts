/** What the router opens; one chunk of code for the room. */
export { Join } from './join.tsx';
export { ProviderConnectionDetail } from './provider-connection-detail.tsx';
export { ProviderConnections } from './provider-connections.tsx';
