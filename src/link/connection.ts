import { type Id, idType } from '../kernel/index.ts';

/** The same id names the connection on both sides; the provider chooses it. */
export type ConnectionId = Id<'con'>;
export const connectionId = idType('con');

/** Which part this instance plays on the connection. */
export type Side = 'provider' | 'consumer';

export type ConnectionStatus = 'pending' | 'active' | 'suspended' | 'off-boarded';

/** `fork`: one place in a lane came with two contents. */
export type SuspensionReason = 'fork';

/** The direction of an envelope, named by who sends it to whom. */
export type Direction = 'c2p' | 'p2c';

export const outgoing = (side: Side): Direction => (side === 'consumer' ? 'c2p' : 'p2c');
export const incoming = (side: Side): Direction => (side === 'consumer' ? 'p2c' : 'c2p');
