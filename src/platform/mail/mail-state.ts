/** withdrawn: when its turn came there was nothing to say any more, for example a newer link had taken its place. */
export const mailStates = ['queued', 'sent', 'failed', 'withdrawn'] as const;
export type MailState = (typeof mailStates)[number];
