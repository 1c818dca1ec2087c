import type { Db } from '../db/index.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { listMail } from './contract.ts';
import { listMessages } from './message-repo.ts';

export const mailEndpoints = (deps: { readonly db: Db; readonly on: boolean }): Endpoint[] => [
  endpoint(listMail, async ({ query }) => {
    const { items, ...page } = await listMessages(deps.db, query);
    return {
      ...page,
      on: deps.on,
      items: items.map((message) => ({
        id: message.id,
        kind: message.kind,
        recipient: message.recipient,
        subject: message.subject,
        record: message.record,
        state: message.state,
        attempts: message.attempts,
        lastError: message.last_error,
        createdAt: message.created_at.toISOString(),
        sentAt: message.sent_at?.toISOString() ?? null,
      })),
    };
  }),
];
