/** One generation of a registration's link: at most one is live, and only a live one can be imported or claimed. */
export type InvitationState = 'live' | 'superseded' | 'used' | 'locked';

/** Default life of a link (docs/protocol/link.md); an attempt that has claimed it runs on its own clock. */
export const LINK_DAYS = 7;

/** Guesses at the link's secret, in statements that the consumer itself signed, before the link is locked. */
export const BAD_MACS_ALLOWED = 10;

/** `jo…@example.org`: enough for the consumer's admin to recognise the colleague, too little to mail a stranger. */
export function maskContact(contact: { email: string | null; username: string }): string {
  const [local = '', domain] = (contact.email ?? contact.username).split('@');
  const kept = local.slice(0, Math.min(2, Math.max(1, local.length - 1)));
  return domain === undefined ? `${kept}…` : `${kept}…@${domain}`;
}
