/** Words of the mail log. */
export const strings = {
  mail: 'Mail',
  mailLead: 'What was sent, to whom and how it went. The text of a mail is kept nowhere.',
  offTitle: 'Mail is off on this instance.',
  off: 'Registration links are handed over from the work note instead. Set LIAISE_MAIL and LIAISE_MAIL_URL to switch mail on.',
  none: 'No mail yet',
  noneHint: 'A mail appears here when a registration opens or a sign-in link is sent.',
  kind: 'Kind',
  subject: 'Subject',
  recipient: 'To',
  record: 'Record',
  state: 'State',
  attempts: 'Attempts',
  error: 'Last error',
  created: 'Asked for',
  sent: 'Sent',
  states: {
    queued: { label: 'Queued', meaning: 'Waits for delivery, or for the next try.' },
    sent: { label: 'Sent', meaning: 'The mail server took it.' },
    failed: { label: 'Failed', meaning: 'Given up after the last try. The link is still in the work note.' },
    withdrawn: { label: 'Withdrawn', meaning: 'No longer wanted when its turn came.' },
  },
} as const;
