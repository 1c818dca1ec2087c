import { z } from 'zod';
import { findContact } from '../directory/index.ts';
import { html, userId } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import { defineMail, type MailContent } from '../platform/mail/index.ts';
import { issueId } from './issue.ts';
import { findIssue } from './issue-repo.ts';

/** Tells a follower that an issue is resolved. */
export const issueResolvedMail = ({ db }: { readonly db: Db }) =>
  defineMail({
    kind: 'scan.issue-resolved',
    payload: z.object({ userId: userId.schema, issueId: issueId.schema }),
    render: async (payload): Promise<MailContent | null> => {
      const person = await findContact(db, payload.userId);
      const issue = await findIssue(db, payload.issueId);
      if (person?.email == null || !person.active || issue?.status !== 'resolved') return null;
      const first = `The issue “${issue.summary}” (${issue.source_label}), which you follow, is resolved.`;
      const second = `It was: ${issue.message}`;
      return {
        to: { address: person.email, name: person.name },
        subject: `Resolved: ${issue.summary}`,
        text: [`Hello ${person.name},`, first, second].join('\n\n'),
        html: html`<!doctype html>
<html lang="en">
  <body style="font-family: system-ui, sans-serif; color: #1b1f24; max-width: 44em">
    <p>Hello ${person.name},</p>
    <p>${first}</p>
    <p>${second}</p>
  </body>
</html>`.toString(),
      };
    },
  });
