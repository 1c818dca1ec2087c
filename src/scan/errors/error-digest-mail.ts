import { z } from 'zod';
import { findContact } from '../../directory/index.ts';
import { html, userId } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/index.ts';
import { defineMail, type MailContent } from '../../platform/mail/index.ts';
import { type ErrorRow, errorsOfDigest } from './error-repo.ts';
import { knownError } from './known-errors.ts';

export const ERROR_DIGEST = 'scan.error-digest';

/** More are not read in a mail; the Error Log has them all. */
const MOST_ERRORS = 50;

/** What went wrong in the last hour, with cause and solution (ERR-05). */
export const errorDigestMail = (deps: { readonly db: Db }) =>
  defineMail({
    kind: ERROR_DIGEST,
    payload: z.object({ userId: userId.schema, digest: z.iso.datetime() }),
    render: async (payload): Promise<MailContent | null> => {
      const person = await findContact(deps.db, payload.userId);
      const errors = await errorsOfDigest(deps.db, new Date(payload.digest), MOST_ERRORS);
      if (person?.email == null || !person.active || errors.length === 0) return null;
      return content({ to: person.email, name: person.name, errors });
    },
  });

function content({ to, name, errors }: { to: string; name: string; errors: readonly ErrorRow[] }): MailContent {
  const entries = errors.map((row) => ({
    heading: `${row.number} ${knownError(row.code).name} (${row.connection_label || row.source_label})`,
    text: row.times > 1 ? `${row.text} (${row.times} times)` : row.text,
    cause: `Cause: ${knownError(row.code).cause}`,
    solution: `Solution: ${knownError(row.code).solution}`,
  }));
  const closing =
    'Each of them is also an issue in the Health Dashboard. The Error Log is in the menu, Administration.';
  return {
    to: { address: to, name },
    subject: `Service Exchange: ${errors.length} new ${errors.length === 1 ? 'error' : 'errors'}`,
    text: [
      `Hello ${name},`,
      'new errors of the last hour:',
      ...entries.map(({ heading, text, cause, solution }) => [heading, text, cause, solution].join('\n')),
      closing,
    ].join('\n\n'),
    html: html`<!doctype html>
<html lang="en">
  <body style="font-family: system-ui, sans-serif; color: #1b1f24; max-width: 44em">
    <p>Hello ${name},</p>
    <p>new errors of the last hour:</p>
    ${entries.map(
      ({ heading, text, cause, solution }) =>
        html`<h3 style="margin-bottom: 0.2em">${heading}</h3><p style="margin: 0">${text}<br>${cause}<br>${solution}</p>`,
    )}
    <p style="color: #57606a">${closing}</p>
  </body>
</html>`.toString(),
  };
}
