import { createHmac } from 'node:crypto';

/** Bound to one cookie: another site can make the browser send the cookie, but can neither read it nor compute this. */
export const csrfTokenOf = (cookie: string): string =>
  createHmac('sha256', cookie).update('liaise csrf').digest('base64url');
