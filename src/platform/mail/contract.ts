import { z } from 'zod';
import { anyOf, pageOf, pageQuery, route, sortBy } from '../../kernel/index.ts';
import { mailStates } from './mail-state.ts';

/** One line of the delivery log. There is no body: it is built when the mail leaves and kept nowhere. */
export const mailMessage = z.object({
  id: z.string(),
  kind: z.string(),
  recipient: z.string().nullable(),
  subject: z.string().nullable(),
  record: z.string().nullable(),
  state: z.enum(mailStates),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  createdAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
});

export const listMail = route({
  method: 'GET',
  path: '/api/mail',
  permission: anyOf('admin'),
  summary: 'Mails asked for, sent and failed, newest first.',
  query: pageQuery.extend({
    record: z.string().max(100).optional(),
    sort: sortBy(['createdAt', 'recipient', 'state'], '-createdAt'),
  }),
  output: pageOf(mailMessage).extend({ on: z.boolean() }),
});
